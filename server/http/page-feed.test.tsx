// A room for a browser without scripts: what is drawn for many is drawn once, and in the turn of who reads.
import { expect, test } from "bun:test"
import type { Message } from "../../protocol/event.ts"
import { conversation, me, NOW, talk } from "../../view/made-up.ts"
import type { App } from "../app.ts"
import { told } from "../live/hub.ts"
import type { Heard } from "../queue.ts"
import { Turns } from "../turns.ts"
import { LastDrawn } from "./last-drawn.ts"
import { html } from "./page-feed.tsx"
import type { ReaderClock } from "./reader.ts"
import type { Framing } from "./stream.ts"

const assets = { script: "", styles: {} } as never
const said = conversation(30, NOW)

/** The room as someone opened it when so much had been said. */
const opened = (count: number, reader: ReaderClock = {}, turns: Turns | null = null): Framing => {
  const more = { older: true, newer: false, member: true, members: 2, comings: [] }
  return html({ turns } as App, { ...more, room: talk, me, messages: said.slice(0, count) }, assets, reader)
}
const asHeard = (messages: Message[]): Heard[] => messages.map((message) => told(message) as Heard)
const words = (frame: Uint8Array | null): string => new TextDecoder().decode(frame ?? undefined)

test("a message is drawn once for all who read it alike", () => {
  const news = asHeard(said.slice(20))
  const [ann, bob] = [opened(20), opened(20)]
  for (const one of news) {
    const frame = ann.frame(one)
    expect(words(frame)).toContain(`id="m${(one as { change: Message }).change.id}"`)
    expect(bob.frame(one)).toBe(frame)
  }
})

test("whoever reads otherwise has it drawn otherwise: another zone, another language, another message above it", () => {
  const [, , third] = asHeard(said.slice(20))
  const frames = [
    opened(22),
    opened(22, { zone: "Asia/Kathmandu" }),
    opened(22, { zone: "Asia/Kathmandu", locale: "fa" }),
    opened(0),
  ].map((framing) => words(framing.frame(third!)))
  expect(new Set(frames).size).toBe(frames.length)
  expect(frames[0]).not.toContain('class="date"')
  expect(frames.at(-1)).toContain('class="date"')
})

test("two messages of the same words are two", () => {
  const [message] = said.slice(20)
  const framing = opened(20)
  const frames = asHeard([message!, { ...message!, id: message!.id + 1 }]).map((one) => words(framing.frame(one)))
  expect(frames.map((frame) => frame.match(/id="m(\d+)"/)?.[1])).toEqual([`${message!.id}`, `${message!.id + 1}`])
})

test("drawing takes its turn with all else that its reader asks for", async () => {
  const turns = new Turns()
  const { inTurn, frame } = opened(20, {}, turns)
  const [one] = asHeard(said.slice(20))
  const held = await turns.take(`person ${me.id}`)
  let drawn: string | undefined
  const drawing = inTurn!(() => {
    drawn = words(frame(one!))
  })
  await Bun.sleep(20)
  expect(drawn).toBeUndefined()
  held.end()
  await drawing
  expect(drawn).toContain("<article")
})

test("what takes the place of another counts for itself alone, and very many short ones are no more than there is room for", () => {
  const lists = new LastDrawn<number, string>()
  for (let i = 0; i < 100; i++) lists.set(1, `${i}`, "x".repeat(400_000))
  expect(lists.bytes).toBeLessThan(401_000)
  expect([lists.get(1, "98"), lists.get(1, "99")?.length]).toEqual([undefined, 400_000])
  for (let room = 2; room < 10_000; room++) lists.set(room, "", "[]")
  expect(lists.bytes).toBeLessThanOrEqual(1_000_000)
  expect([lists.get(1, "99"), lists.get(9_999, "")]).toEqual([undefined, "[]"])
})

test("what is kept of what was drawn is bounded, and the oldest goes first", () => {
  const drawings = new LastDrawn<Message, Uint8Array>()
  const long = new Uint8Array(40_000)
  let drawn = 0
  const draw = (message: Message, shape: string): void => {
    drawings.of(message, shape, () => {
      drawn++
      return long
    })
    expect(drawings.bytes).toBeLessThanOrEqual(1_000_000)
  }
  for (const message of said) for (const shape of ["UTC", "Asia/Kathmandu"]) draw(message, shape)
  expect(drawn).toBe(60)
  draw(said.at(-1)!, "UTC")
  expect(drawn).toBe(60)
  draw(said[0]!, "UTC")
  expect(drawn).toBe(61)
})
