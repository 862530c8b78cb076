import { expect, test } from "bun:test"
import type { Server } from "bun"
import { openApp, settle, until } from "../../test/world.ts"
import { MOST_BYTES, MOST_FRAMES, overBudget } from "./frames.ts"
import { type Connection, parlourDialect, publisher, type SocketData } from "./socket.ts"

/** A socket for which so many bytes wait, and what became of it. */
function waitingFor(bytes: number) {
  const fate = { behind: 0, terminated: 0 }
  const socket = {
    data: { talk: { behind: () => fate.behind++ } },
    getBufferedAmount: () => bytes,
    terminate: () => fate.terminated++,
  }
  return { fate, socket: socket as unknown as Connection }
}

test("when not all was taken, those for whom much waits are let go by name, and the others are not", async () => {
  const [slow, quick] = [waitingFor(200 * 1024), waitingFor(20 * 1024)]
  const published: string[] = []
  let taken = 5
  const server = {
    publish(_: string, json: string) {
      published.push(json)
      return taken
    },
  } as unknown as Server<SocketData>
  const publish = publisher(server, new Set([slow.socket, quick.socket]))
  publish("place", "taken")
  await Bun.sleep(300)
  expect(slow.fate.behind).toBe(0)

  taken = -1
  publish("place", "not all of it")
  publish("place", "nor of this")
  await until("the slow one is let go", () => slow.fate.behind > 0, 2_000)
  expect(slow.fate.behind).toBe(1)
  expect(quick.fate).toEqual({ behind: 0, terminated: 0 })
  expect(published).toEqual(["taken", "not all of it", "nor of this"])
  await until("it has had its time for last words", () => slow.fate.terminated === 1, 7_000)
}, 10_000)

/** A count whose time we set, and how many frames of so many bytes it lets through at once. */
function budget() {
  let now = 0
  const isTooMuch = overBudget(() => now)
  const letsThrough = (person: number, bytes = 1) => {
    let count = 0
    while (!isTooMuch(person, bytes)) count++
    return count
  }
  return { isTooMuch, letsThrough, wait: (seconds: number) => (now += seconds * 1000) }
}

test("one person sends so many frames in ten seconds, and so many bytes; another's are not theirs", () => {
  const { letsThrough, wait } = budget()
  expect([letsThrough(1), letsThrough(2), letsThrough(3, MOST_BYTES / 8)]).toEqual([MOST_FRAMES, MOST_FRAMES, 8])
  wait(20)
  expect([letsThrough(1), letsThrough(3, MOST_BYTES / 8)]).toEqual([MOST_FRAMES, 8])
})

test("not even at the end of ten seconds does twice as much go through", () => {
  const { isTooMuch, letsThrough, wait } = budget()
  isTooMuch(1, 1)
  wait(9.8)
  for (let i = 1; i < MOST_FRAMES; i++) expect(isTooMuch(1, 1)).toBe(false)
  wait(0.3)
  expect(letsThrough(1)).toBeLessThan(MOST_FRAMES / 50)
  wait(30)
  expect(letsThrough(1)).toBe(MOST_FRAMES)
})

test("what is fleeting is not told to a socket that has anything waiting, and waits for none", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const sent: string[] = []
  const state = { waiting: 0, topics: new Set<string>() }
  const socket = {
    data: { caller: ann, listener: { person: ann.person.id, session: ann.session, after: null, room: 1 }, watching: 2 },
    getBufferedAmount: () => state.waiting,
    send: (frame: string) => sent.push(frame),
    cork: (work: () => void) => work(),
    subscribe: (topic: string) => state.topics.add(topic),
    unsubscribe: (topic: string) => state.topics.delete(topic),
    isSubscribed: (topic: string) => state.topics.has(topic),
    close() {},
  }
  const talk = parlourDialect(app, socket as unknown as Connection)
  talk.opened()
  await until("it is live and told who is here", () => sent.at(-1)?.includes('"here"') === true)
  const typing = { kind: "typing", room: 2, person: { id: 7, name: "bob" }, after: 0 } as const
  app.say(typing)
  expect(sent.at(-1)).toBe(JSON.stringify(typing))
  state.waiting = 1
  const count = sent.length
  app.say(typing)
  expect(sent.length).toBe(count)
  talk.closed()
  state.waiting = 0
  app.say(typing)
  expect(sent.length).toBe(count)
})
