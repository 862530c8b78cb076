// What the model is made of: each constant with its unit and where it comes from. `bin/model --measure` takes them anew, on
// this machine, and from the last full benchmark; nothing else writes measured.json.
import { readFileSync } from "node:fs"
import { join } from "node:path"

export type Constant = {
  value: number
  unit: string
  /** What was done to get it, or the row of bench/results/latest.json. */
  from: string
}

export const FILE = join(import.meta.dirname, "measured.json")

/** Their names, in the order of the table; what each means. */
export const meanings = {
  accept: "a post in its process, besides the transaction: frame, parsing, checks, answer",
  write: "a post in its process, within the transaction",
  writeGroup: "and once a group",
  writeDatabase: "a post in Postgres",
  writeGroupDatabase: "and once a group",
  hold: "how much longer the clock's row is held for each further post of a group",
  rounds: "there and back between process and database while the clock's row is held",
  flush: "the log of Postgres to disk",
  group: "the clock's row held for one post",
  spread: "how much that varies: standard deviation of its logarithm",
  largestGroup: "posts in a group, at most",
  publish: "an event in Redis, whoever hears it",
  publishEach: "an event in Redis for each process that hears it",
  publishByte: "a byte of it for each process that hears it",
  bundle: "a message of the bus in a process that hears it",
  hear: "an event in a process, its own or another's: hub and encoding",
  flushSocket: "a socket to which something goes out in a turn of the event loop",
  flushMessage: "each message that goes out to it",
  flushByte: "each byte of it",
  wire: "bytes of a message as it is told, for one receiver",
  connection: "an idle WebSocket in the process",
  connectionKernel: "an idle WebSocket in the kernel, server's side",
  welcome: "until it is live, on Postgres: in the process",
  welcomeDatabase: "and in Postgres",
  handshake: "a WebSocket from its handshake until it is live, on SQLite",
  page: "a room's page, in the process",
  rest: "a process with nobody there",
  here: "someone who is here in another process, in the process",
  hereBytes: "and in Postgres",
  hereFirst: "until a process that starts knows of them",
  hereAgain: "and each time the table that they are in is read anew",
  hereMoved: "someone who comes or goes, in each other process",
  hereHold: "the clock's row held for each person of a table that is written",
  row: "a message in Postgres, its indexes included",
  log: "a message in the log of Postgres",
  tls: "a TLS handshake, at the proxy: one signature and one exchange of keys",
} as const

export type Name = keyof typeof meanings
export type Measured = Record<Name, Constant>

/** The constants alone, as the model takes them: microseconds, bytes and counts. */
export type Constants = Record<Name, number>

export type Taken = {
  at: string
  machine: string
  processors: number
  /** Of the minute before, by whatever else ran; alone it is near 0. */
  load: number
  constants: Measured
  validation: Validated[]
  sending: Sent[]
}

/** What was measured of whole processes at work, for the model to be held against. */
export type Validated = {
  processes: number
  /** Each sender has so many under way; or all together say so many a second. */
  inFlight: number | null
  perSecond: number | null
  senders: number
  receivers: number
  seconds: number
  posts: number
  p50: number
  p99: number
  /** Processors that were left to it by whatever else ran. */
  free: number
  /** Microseconds of processor time a post: of the processes, and of the crowd. */
  cost: number
  crowd: number
}

/** What the runtime alone took for a delivery, in microseconds, with so many messages under way at once. */
export type Sent = { receivers: number; underWay: number; cost: number }

export const taken = (): Taken => JSON.parse(readFileSync(FILE, "utf8")) as Taken

export const constantsOf = ({ constants }: Taken): Constants =>
  Object.fromEntries(Object.entries(constants).map(([name, { value }]) => [name, value])) as Constants
