// What someone is told who looks at a room: who is here, and who types.
import { expect } from "bun:test"
import type { Fleeting, Here } from "../protocol/event.ts"
import type { Spans } from "../server/live/presence.ts"
import { isFleeting, openSocket } from "./ways.ts"
import { comes, until, type Visitor } from "./world.ts"

/** As Parlour's own, some five times shorter. */
export const SPANS: Spans = { grace: 1_500, lifetime: 4_000, tick: 50, beat: 500 }

export type Ear = { told: Fleeting[]; all: { kind?: string }[]; close(): void }

/** What someone is told who looks at a room over a socket. */
export async function ear(who: Visitor, room: string | null = "talk"): Promise<Ear> {
  const socket = await openSocket(who, `/events${room === null ? "" : `?room=${room}`}`)
  const heard: Ear = { told: [], all: [], close: socket.close }
  let live = false
  void (async () => {
    for await (const frame of socket.frames()) {
      heard.all.push(frame)
      live ||= frame.kind === "live"
      if (isFleeting(frame)) heard.told.push(frame)
    }
  })()
  await until("the feed is live", () => live)
  return heard
}

export const namesIn = (here: Here | undefined) => here?.people.map(({ name }) => name)
/** Who was here, as it was told last. */
export const here = ({ told }: Ear) => namesIn(told.findLast((one): one is Here => one.kind === "here"))
export const typists = ({ told }: Ear) => told.flatMap((one) => (one.kind === "typing" ? [one.person.name] : []))

/** Waits until these are here, and nobody else. */
export async function shows(heard: Ear, ...names: string[]): Promise<void> {
  await comes(() => here(heard)?.join() === names.join(), 10_000)
  expect(here(heard)).toEqual(names)
}

export const type = (who: Visitor, room = "talk") => who.fetch(`/api/v1/rooms/${room}/typing`, { method: "POST" })

/** The first of their rooms. */
export async function roomOf(who: Visitor): Promise<number> {
  const { rooms } = (await (await who.fetch("/api/v1/rooms")).json()) as { rooms: { id: number }[] }
  return rooms[0]!.id
}
