// Named people in named rooms, on a real SQLite in a temporary folder, or on the Postgres and the Redis that are named to us.
// Nothing here is a stand-in: people come in by POST /register, or, where no port is open, by the rows that registering writes.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Change } from "../protocol/event.ts"
import { DEFAULT_ROOM } from "../protocol/limits.ts"
import { type App, createApp } from "../server/app.ts"
import { type Caller, operator } from "../server/caller.ts"
import { readConfig } from "../server/config.ts"
import { serve } from "../server/http/serve.ts"
import { catchTheRest, isUncaught } from "../server/last-resort.ts"
import type { Bus } from "../server/live/bus.ts"
import type { Hub } from "../server/live/hub.ts"
import type { Spans } from "../server/live/presence.ts"
import { insertPerson, isEmptyPlace } from "../server/people/rows.ts"
import { findSession, insertSession } from "../server/people/session.ts"
import { perform } from "../server/perform.ts"
import { setMembership } from "../server/rooms/membership.ts"
import { insertRoom } from "../server/rooms/open.ts"
import { findRoom } from "../server/rooms/rows.ts"
import { freshDatabase, POSTGRES_VARIABLE } from "./postgres.ts"
import { REDIS_VARIABLE } from "./redis.ts"

/** Settings as the environment gives them, over those that suit a test: a folder of its own, any free port, no limits. */
export type Settings = Record<string, string | undefined>

export const PASSWORD = "correct horse battery"

const ROOT = join(import.meta.dirname, "..")
/** As a process of its own: what comes before the words of a command. */
export const PARLOUR = [
  process.execPath,
  `--tsconfig-override=${join(ROOT, "tsconfig.json")}`,
  join(ROOT, "server/main.ts"),
]

// The core, without HTTP.

/** What nothing caught. The program goes on then; a test must not, so that whoever leaves a place with something here fails. */
const uncaught: string[] = []
catchTheRest((what, error) => uncaught.push(`${what}: ${error}`))

function mustHaveCaughtAll(): void {
  const found = uncaught.splice(0)
  if (found.length > 0) throw new Error(`Not caught by anything:\n${found.join("\n")}`)
}

export type OpenApp = App & AsyncDisposable

/** An app in a folder of its own, which goes when it is disposed of. */
export async function openApp(
  busFor?: (hub: Hub) => Bus | Promise<Bus>,
  settings: Settings = {},
  spans?: Spans,
): Promise<OpenApp> {
  const folder = await temporaryFolder()
  const server = process.env[POSTGRES_VARIABLE]
  const database = server ? await freshDatabase(server) : null
  const elsewhere = database && { DATABASE_URL: database.url, REDIS_URL: process.env[REDIS_VARIABLE] }
  const config = readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off", ...elsewhere, ...settings })
  const app = await createApp(config, busFor, spans)
  const dispose = async () => {
    await app.close()
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
    mustHaveCaughtAll()
  }
  return Object.assign(app, { [Symbol.asyncDispose]: dispose })
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "parlour-test-"))
  folders.push(folder)
  return folder
}

/** Milliseconds. A server of two hundred databases leaves sixty thousand files, over which a busy disk may take minutes. */
const REMOVING_MS = 20_000

/** Removes a folder in which servers kept their data; what is not gone after a while goes when nobody waits for it any more. */
export async function removeData(folder: string): Promise<void> {
  const removing = Bun.spawn(["rm", "-rf", folder], { stdio: ["ignore", "ignore", "inherit"] })
  await Promise.race([removing.exited, new Promise((resolve) => setTimeout(resolve, REMOVING_MS).unref())])
  removing.unref()
}

/** Of this process, for one that is interrupted. Most are gone by then. */
export const folders: string[] = []

/** Someone signed in, as every command sees them. */
export type SignedIn = Caller & { person: NonNullable<Caller["person"]>; session: string }

/** Lets someone in by the rows that registering writes, without the costly hash; the first to come owns the place. They are
 *  in the default room, unless it is said that they are in none. */
export async function settle(app: App, name: string, { inside = true } = {}): Promise<SignedIn> {
  const { changes, token } = await app.db.tx(async (sql) => {
    const role = (await isEmptyPlace(sql)) ? "owner" : "member"
    const person = await insertPerson(sql, { name, password: null, role })
    const changes: Change[] = [person]
    const standing = await findRoom(sql, DEFAULT_ROOM)
    const room = standing ?? (await insertRoom(sql, DEFAULT_ROOM))
    if (!standing) changes.push(room)
    const member = inside && (await setMembership(sql, room.id, person, true))
    if (member) changes.push(member)
    return { changes, token: await insertSession(sql, person.id) }
  })
  for (const change of changes) app.bus.publish(change)
  const session = await findSession(app.db.sql, token)
  if (!session) throw new Error("A session that was just made is not there.")
  return { person: session.person, session: session.id, address: "local" }
}

// The whole, over HTTP.

export type World = AsyncDisposable & {
  app: App
  url: string
  /** Registers someone and answers them signed in; the first to come owns the place. */
  person(name: string): Promise<Visitor>
  stop(): Promise<void>
}

export async function world(settings: Settings = {}, spans?: Spans): Promise<World> {
  const app = await openApp(undefined, settings, spans)
  const serving = await serve(app)
  const { config } = app
  return {
    app,
    url: knownAs(serving.url, config.publicUrl),
    person: async (name) => register(serving.url, name, await codeFor(app)),
    stop: () => serving.stop(),
    async [Symbol.asyncDispose]() {
      await serving.stop(true)
      await app[Symbol.asyncDispose]()
    },
  }
}

/** Places that have a PUBLIC_URL, by where they are reached in truth: what a proxy before them would pass on as Host. */
const hosts = new Map<string, string>()

function knownAs(url: string, publicUrl: string | null): string {
  if (publicUrl) hosts.set(url, new URL(publicUrl).host)
  return url
}

export type Visitor = {
  id: number
  name: string
  url: string
  /** As the Cookie header has it; "" for someone who is not signed in. */
  cookie: string
  /** A path of the place, with this person's cookie. Does not go where the answer sends one on to. */
  fetch(
    path: string,
    init?: Omit<BunFetchRequestInit, "headers"> & { headers?: Record<string, string> },
  ): Promise<Response>
  socket(path: string, headers?: Record<string, string>): WebSocket
}

/** Someone with that cookie, or nobody. */
export const visitor = (url: string, cookie = "", id = 0, name = ""): Visitor => {
  const host = hosts.get(url)
  const own = { ...(cookie && { cookie }), ...(host && { host }) }
  return {
    id,
    name,
    url,
    cookie,
    fetch: (path, init = {}) =>
      fetch(url + path, { redirect: "manual", ...init, headers: { ...own, ...init.headers } }),
    // Bun's sockets may carry headers, which the browser's types do not know.
    socket: (path, headers) => new WebSocket(socketUrl(url, path), { headers: { ...own, ...headers } } as never),
  }
}

const socketUrl = (url: string, path: string) => url.replace(/^http/, "ws") + path

/** What the first needs who comes by another name than this machine's own: a place with PUBLIC_URL has such a name. */
async function codeFor(app: App): Promise<Record<string, string>> {
  if (app.config.publicUrl === null || !(await isEmptyPlace(app.db.sql))) return {}
  const { answer } = await perform(app, operator, { type: "makeOwnerLink", anew: false })
  return { code: answer.path.split("=")[1]! }
}

/** Comes in by the form. An empty place becomes theirs, open to everyone. */
export async function register(url: string, name: string, fields: Record<string, string> = {}): Promise<Visitor> {
  const body = new URLSearchParams({ username: name, password: PASSWORD, registration: "open", ...fields })
  const answer = await visitor(url).fetch("/register", { method: "POST", body })
  const cookie = cookieOf(answer)
  if (answer.status !== 303 || !cookie)
    throw new Error(`${name} could not register: ${answer.status} ${await answer.text()}`)
  const me = (await (await visitor(url, cookie).fetch("/api/v1/me")).json()) as { person: { id: number } }
  return visitor(url, cookie, me.person.id, name)
}

/** The session's cookie as an answer sets it, ready to be sent back; "" when it sets none. */
export const cookieOf = (answer: Response): string => answer.headers.getSetCookie()[0]?.split(";")[0] ?? ""

// Chance, waiting, and the log.

/** The same numbers for the same seed: from 0 up to, and without, 1. */
export const random = (seed: number) => () => {
  seed = (seed * 1664525 + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** Waits until it is so, and fails after `patience` milliseconds with what was waited for. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, patience = 5_000): Promise<void> {
  if (!(await comes(isSo, patience))) throw new Error(`In vain, for ${patience} ms: ${what}`)
}

/** Whether it came to be so within so many milliseconds. */
export async function comes(isSo: () => boolean | Promise<boolean>, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds
  while (!(await isSo())) {
    if (performance.now() > end) return false
    await Bun.sleep(2)
  }
  return true
}

/** What is written to the log while `work` runs, a line each. */
export async function logged(work: (lines: string[]) => Promise<unknown>): Promise<string[]> {
  const { error } = console
  const lines: string[] = []
  console.error = (...words) => lines.push(words.map((word) => (word instanceof Error ? word.stack : word)).join(" "))
  try {
    await work(lines)
  } finally {
    console.error = error
  }
  return lines
}

/** Passes on what a server of its own process writes to its log, until it ends; refuses what nothing in it caught. To be awaited
 *  after it was ended: there, too, nothing may ever fail unseen. */
export async function mustCatchAll(stderr: ReadableStream<Uint8Array>): Promise<void> {
  let log = ""
  for await (const bytes of stderr) {
    process.stderr.write(bytes)
    log += new TextDecoder().decode(bytes)
  }
  const missed = log.split("\n").filter(isUncaught)
  if (missed.length > 0) throw new Error(`A server met what nothing caught: ${missed.join("; ")}`)
}
