// How the three servers want to be spoken to. The same words go through each, in messages of the same size.
import type { Server } from "./server.ts"

/** `port`: where it is at another server than the others. */
export type Seat = { path: string; cookie?: string; port?: number }

/** Frames are told apart by their first bytes, and messages from the rest by their length. */
export type Dialect = {
  seats(server: Server, count: number): Promise<Seat[]>
  /** What to say when a frame is heard before being ready, or null. */
  greet(bytes: Uint8Array, at: number): string | null
  isReady(bytes: Uint8Array, at: number, length: number): boolean
  isAnswer(bytes: Uint8Array, at: number): boolean
  /** What says something; `number` is another each time. */
  post(number: number, room: string): string
}

/** Everything else that a server says is shorter; a message as Parlour tells it has some 230 bytes. */
export const SHORTEST_MESSAGE = 200

const WORDS = "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches."
const PEOPLE = 20

const nonce = (number: number) => `bench-${1e9 + number}`
const startsWith = (words: string) => {
  const expected = Buffer.from(words)
  return (bytes: Uint8Array, at: number) => expected.every((byte, i) => bytes[at + i] === byte)
}
const nothing = () => null

/** Twenty people, on as many devices as it takes: what they are told is told each device. */
export const parlour: Dialect = {
  async seats(server, count) {
    const people = await peopleOf(server)
    return Array.from({ length: count }, (_, i) => ({ path: "/events", cookie: people[i % PEOPLE]! }))
  },
  greet: nothing,
  isReady: startsWith('{"kind":"liv'),
  isAnswer: startsWith('{"ref"'),
  post: (number, room) => JSON.stringify({ ref: number, type: "post", room, text: WORDS, nonce: nonce(number) }),
}

const known = new WeakMap<Server, Promise<string[]>>()

/** The cookies of those who are on a server, who are registered when they are first asked for. */
export function peopleOf(server: Server): Promise<string[]> {
  const people = known.get(server) ?? registered(server.origin, PEOPLE)
  known.set(server, people)
  return people
}

const SAID_AT_ONCE = 20

/** Has one of them say the same so many times, and resolves when all is said. */
export async function sayMany(server: Server, count: number, text: string): Promise<void> {
  const [cookie] = await peopleOf(server)
  const headers = { cookie: cookie!, "content-type": "application/json" }
  const body = JSON.stringify({ text })
  const one = () => fetch(`${server.origin}/api/v1/rooms/talk/messages`, { method: "POST", headers, body })
  for (let said = 0; said < count; said += SAID_AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(SAID_AT_ONCE, count - said) }, one))
}

/** The event as Parlour would tell it, which a server without a memory cannot make by itself. */
const event = (number: number) => ({
  kind: "message",
  tick: 100_000 + number,
  id: 100_000 + number,
  room: 2,
  author: { id: 1, name: "person-10" },
  text: WORDS,
  at: Date.now(),
  nonce: nonce(number),
})

const everyone = (path: string) => async (_: Server, count: number) => Array.from({ length: count }, () => ({ path }))

export const bare: Dialect = {
  seats: everyone("/"),
  greet: nothing,
  isReady: startsWith('{"kind":"liv'),
  isAnswer: startsWith('{"ref"'),
  post: (number) => JSON.stringify(event(number)),
}

/** Engine.IO 4 and Socket.IO 5, of which this much is needed: 0 open, 40 connected, 42 event, 43 answer. */
export const socketIo: Dialect = {
  seats: everyone("/socket.io/?EIO=4&transport=websocket"),
  greet: (bytes, at) => (startsWith("0{")(bytes, at) ? "40" : null),
  isReady: startsWith("40"),
  isAnswer: startsWith("43"),
  post: (number) => `42${number}${JSON.stringify(["post", event(number)])}`,
}

/** Registers people and answers their cookies. The first makes the place, and makes it open. */
export async function registered(origin: string, count: number): Promise<string[]> {
  const cookies: string[] = []
  for (let i = 0; i < count; i++) {
    const body = new URLSearchParams({ username: `person-${i + 10}`, password: "a harbour at noon" })
    if (i === 0) body.set("registration", "open")
    const response = await fetch(`${origin}/register`, { method: "POST", body, redirect: "manual" })
    const cookie = response.headers.get("set-cookie")?.split(";")[0]
    if (!cookie) throw new Error(`could not register: ${response.status} ${await response.text()}`)
    cookies.push(cookie)
  }
  return cookies
}
