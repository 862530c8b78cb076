// Who may import whom, who may know the runtime, what a file may be called and how long it may be. Values point down
// the list below; types may point anywhere. A new arrow in the picture is a decision, and this is where it is taken.
import { expect, test } from "bun:test"
import { basename, dirname, extname, join, normalize } from "node:path"
import { Glob } from "bun"

/** From top to bottom: each part may use those under it. */
const parts: [part: string, files: RegExp][] = [
  ["main", /^server\/(main|control|import-(file|form|line|source|time)|move|supervisor|worker)\.ts$/],
  ["http", /^server\/http\//],
  ["doors", /^server\/(app|attend|perform|follow|queue|changes|health|metrics)\.ts$/],
  ["messages", /^server\/messages\//],
  ["people", /^server\/people\//],
  ["rooms", /^server\/rooms\//],
  ["names", /^server\/names\//], // what names may hold, and when two are one
  [
    "ground",
    /^server\/(config|caller|outcome|standing|throttle|throttle-shared|buckets|address-block|turns|lanes)\.ts$/,
  ], // who asks, and what is set
  ["live", /^server\/live\//],
  ["db", /^server\/db\//],
  ["log", /^server\/(log|counted|rounds|last-resort)\.ts$/],
  ["protocol", /^protocol\//],
]
const order = parts.map(([part]) => part)

const alsoMayUse: Record<string, string[]> = {
  http: ["view"],
  view: ["protocol"],
  client: ["view", "protocol"],
}

/** Leaving the runtime is to stay a small, known job. */
const knowsTheRuntime =
  /^(server\/db\/|server\/people\/password\.ts$|server\/live\/bus-redis\.ts$|server\/http\/(serve|socket|step-aside)\.ts$|bin\/|bench\/|test\/)/

/** Where JSON is read that is our own: a file that we wrote, a word of another of our processes, our own answer. All that comes
 *  from outside passes protocol/json.ts, which looks how deep and how much it is. */
const readsOurOwn =
  /^(protocol\/json\.ts|server\/(control\.ts|http\/assets\.ts|live\/(bus-redis|presence-shared)\.ts))$/

/** Turns at reading outlast a function, and end once, whoever ends them. */
const countsItself = /^server\/(counted|turns)\.ts$/

/** Lines that can be read in one sitting. A suite is read test by test, and may be longer. */
const LONGEST = 300
const LONGEST_SUITE = 600
const emptyNames = /^(utils?|helpers?|common|managers?|services?|handlers?|controllers?|types?|index)$/

type Files = Map<string, string>

/** What is wrong with the files, a sentence each. */
function violations(files: Files): string[] {
  return [...files].flatMap(([path, code]) => [
    ...wrongArrows(path, code),
    ...wrongRuntime(path, code),
    ...wrongPlace(path, code),
    ...wrongFolding(path, code),
    ...wrongShape(path, code),
    ...wrongReading(path, code),
    ...wrongCounting(path, code),
    ...wrongKeys(path, code),
  ])
}

function wrongArrows(path: string, code: string): string[] {
  const from = partOf(path)
  if (from === null || isTest(path)) return []
  return importsOf(path, code)
    .filter((target) => target.startsWith("."))
    .map((target) => normalize(join(dirname(path), target)))
    .filter((target) => !mayUse(from, partOf(target)))
    .map((target) => `${path} (${from}) imports ${target} (${partOf(target) ?? "outside"})`)
}

function mayUse(from: string, to: string | null): boolean {
  if (to === null) return false
  if (from === to || alsoMayUse[from]?.includes(to)) return true
  return order.includes(from) && order.indexOf(from) < order.indexOf(to)
}

/** Null for what stands outside the picture: tests, benchmarks and the commands of bin/, which may use anything. */
function partOf(path: string): string | null {
  const [, outer] = path.match(/^(view|client)\//) ?? []
  return outer ?? parts.find(([, files]) => files.test(path))?.[0] ?? (path.startsWith("server/") ? "no part" : null)
}

function wrongRuntime(path: string, code: string): string[] {
  if (isTest(path) || knowsTheRuntime.test(path)) return []
  const imports = importsOf(path, code).some((target) => /^bun(:|$)/.test(target))
  return imports || /\bBun\b/.test(compiled(path, code)) ? [`${path} knows the runtime`] : []
}

/** What one place alone may say, since it is right there and would be half right elsewhere. */
const saidOnce: [what: RegExp, where: RegExp, why: string][] = [
  [
    /\b(req|raw|request)\)?\.url\b|\{[^{}]*\burl\b[^{}]*\}\s*=\s*(\w+\.)*(req|raw|request)\b/,
    /asked\.ts$/,
    "takes an address apart",
  ],
  [
    /\bURL\.(parse|canParse)\b|\{[^{}]*\b(parse|canParse)\b[^{}]*\}\s*=\s*URL\b|\bnew URL\b(?!\("[\w./-]+", import\.meta\.url\))/,
    /^(protocol\/address\.ts|view\/(links\.ts|text\.tsx))$/, // links.ts measures a host itself, and text.tsx has what that let through
    "parses an address by itself, which parseAddress is for",
  ],
  [
    /\b(req|context)\.(query|queries)\b|\{[^{}]*\b(query|queries)\b[^{}]*\}\s*=\s*(\w+\.)*req\b/,
    /^$/,
    "has the framework decode a query, which queried is for",
  ],
  [/\.upgrade\(/, /events\.ts$/, "opens a socket past the guard"],
]

function wrongPlace(path: string, code: string): string[] {
  if (!/^(server|protocol|view)\//.test(path) || isTest(path)) return []
  const runs = compiled(path, code)
  return saidOnce.filter(([what, where]) => what.test(runs) && !where.test(path)).map(([, , why]) => `${path} ${why}`)
}

/** Normalising takes the square of a run of marks: the one module that does it cuts first. And a database folds letters in its
 *  own way, each in another. */
const mayFold = "protocol/text.ts"

function wrongFolding(path: string, code: string): string[] {
  if (isTest(path) || !/^(protocol|view|server|client)\//.test(path) || extname(path) === ".css") return []
  const folds = path !== mayFold && /\.normalize\(|\["normalize"\]/.test(compiled(path, code))
  const asksTheDatabase = /\b(lower|upper)\s*\((?!\))/.test(code)
  return [
    ...(folds ? [`${path} normalises: protocol/text.ts does`] : []),
    ...(asksTheDatabase ? [`${path} asks the database to fold letters`] : []),
  ]
}

function wrongShape(path: string, code: string): string[] {
  const lines = code.split("\n").length - 1
  const names = path.split("/").map((name) => basename(name).replace(/\..*$/, ""))
  return [
    ...(lines > (isTest(path) ? LONGEST_SUITE : LONGEST) ? [`${path} has ${lines} lines`] : []),
    ...(names.some((name) => emptyNames.test(name)) ? [`${path} has a name that says nothing`] : []),
  ]
}

function wrongReading(path: string, code: string): string[] {
  if (!/^(protocol|server)\//.test(path) || isTest(path) || readsOurOwn.test(path)) return []
  const isRead = /\bJSON\.parse\b|\.json\(\)/.test(compiled(path, code))
  return isRead ? [`${path} reads JSON by itself, which parseJson is for`] : []
}

/** A counter that goes up here and down there stays up when something in between throws. */
function wrongCounting(path: string, code: string): string[] {
  if (!path.startsWith("server/") || isTest(path) || countsItself.test(path)) return []
  const counts = /\bunderway\s*(\+\+|--|[-+]=)|(\+\+|--)[\w.#]*\bunderway\b/.test(compiled(path, code))
  return counts ? [`${path} counts what is under way by itself, which counted is for`] : []
}

/** Browsers say in two ways that a key is an input method's, and each is forgotten where it is asked for anew. */
function wrongKeys(path: string, code: string): string[] {
  if (!path.startsWith("client/") || isTest(path) || path === "client/keyboard.ts") return []
  const asks = /\b(isComposing|keyCode)\b/.test(compiled(path, code))
  return asks ? [`${path} asks by itself whether an input method takes a key, which composes is for`] : []
}

const isTest = (path: string) => /\.(test|spec)\.tsx?$/.test(path)

// Both read the code as it will run: without types, and without comments.
const importsOf = (path: string, code: string) =>
  reader(path)
    ?.scanImports(code)
    .map((found) => found.path) ?? []
const compiled = (path: string, code: string) => reader(path)?.transformSync(code) ?? ""

const readers = { ".ts": new Bun.Transpiler({ loader: "ts" }), ".tsx": new Bun.Transpiler({ loader: "tsx" }) }
const reader = (path: string) => readers[extname(path) as keyof typeof readers]

async function ourFiles(): Promise<Files> {
  const root = join(import.meta.dirname, "..")
  const paths = await Array.fromAsync(
    new Glob("{protocol,view,server,client,bin,bench,test,migrations}/**/*").scan(root),
  )
  const texts = paths.filter((path) => !/\.(jsonl?|svg|webmanifest|gz|png|ico|txt)$/.test(path)).sort()
  return new Map(await Promise.all(texts.map(async (path) => [path, await Bun.file(join(root, path)).text()] as const)))
}

test("values point down, few files know the runtime, and each file can be read in one sitting", async () => {
  const files = await ourFiles()
  expect(files.size).toBeGreaterThan(50)
  expect(violations(files)).toEqual([])
})

// The check itself is checked: each made-up fault must be found, and its harmless twin must not.

const found = (path: string, code: string) => violations(new Map([[path, code]])).length

test.each([
  ["server/rooms/open.ts", 'import { perform } from "../perform.ts"; perform()'],
  ["server/rooms/open.ts", 'import { insertMessage } from "../messages/rows.ts"; insertMessage()'],
  ["server/rooms/open.ts", 'export { insertMessage } from "../messages/rows.ts"'],
  ["server/people/register.ts", 'const { insertMessage } = await import("../messages/rows.ts"); insertMessage()'],
  ["server/db/sql.ts", 'import { Refusal } from "../live/hub.ts"; new Refusal()'],
  ["server/perform.ts", 'import { serve } from "./http/serve.ts"; serve()'],
  ["server/follow.ts", 'import { Page } from "../view/page.tsx"; Page()'],
  ["server/chores.ts", 'import { Refusal } from "../protocol/refusal.ts"; new Refusal()'],
  ["protocol/event.ts", 'import { Room } from "../view/room.tsx"; Room()'],
  ["view/room.tsx", 'import { perform } from "../server/perform.ts"; perform()'],
  ["client/main.tsx", 'import { perform } from "../server/perform.ts"; perform()'],
  ["client/main.tsx", 'import { check } from "../test/world.ts"; check()'],
])("in %s, the arrow of %s is refused", (path, code) => {
  expect(found(path, code)).toBe(1)
})

test.each([
  ["server/rooms/open.ts", 'import type { App } from "../app.ts"; export type A = App'],
  ["server/messages/post.ts", 'import { Refusal } from "../../protocol/refusal.ts"; new Refusal()'],
  ["server/messages/post.ts", 'import { findRoom } from "../rooms/rows.ts"; findRoom()'],
  ["server/http/pages.tsx", 'import { RoomPage } from "../../view/room.tsx"; RoomPage()'],
  ["server/main.ts", 'import { serve } from "./http/serve.ts"; serve()'],
  ["client/main.tsx", 'import { RoomScreen } from "../view/room.tsx"; RoomScreen()'],
  ["server/rooms/open.test.ts", 'import { openApp } from "../../test/world.ts"; openApp()'],
])("in %s, the arrow of %s is allowed", (path, code) => {
  expect(found(path, code)).toBe(0)
})

test("the runtime is found as a global, as an import and as a built-in module, and not in a comment or a type", () => {
  expect(found("server/follow.ts", 'await Bun.write("a", "b")')).toBe(1)
  expect(found("server/follow.ts", 'import { serve } from "bun"; serve({})')).toBe(1)
  expect(found("server/rooms/rows.ts", 'import { Database } from "bun:sqlite"; new Database()')).toBe(1)
  expect(found("client/main.tsx", "const { serve } = Bun; serve({})")).toBe(1)
  expect(found("server/follow.ts", '// Bun.write\nimport type { Server } from "bun"; export type A = Server')).toBe(0)
  expect(found("server/http/serve.ts", "Bun.serve({})")).toBe(0)
})

test("what one place alone may say is found elsewhere, however it is come by", () => {
  for (const code of ["parseAddress(context.req.url)", "const { url } = request; url", "f(context.req.raw.url)"])
    expect([code, found("server/http/pages.tsx", code), found("server/http/asked.ts", code)]).toEqual([code, 1, 0])
  expect(found("server/http/classic/room-socket.ts", "context.env.server.upgrade(request)")).toBe(1)
  expect(found("server/http/events.ts", "context.env.server.upgrade(request)")).toBe(0)
  expect(found("server/main.ts", "serving.url; control.url; const { url } = serving")).toBe(0)
})

test("addresses from outside are parsed in one place", () => {
  for (const code of [
    "URL.parse(header)",
    "if (URL.canParse(header)) throw 1",
    "new URL(header).host",
    "new URL(header, import.meta.url)",
    "const { parse } = URL; parse(header)",
  ])
    expect([code, found("server/http/guard.ts", code), found("protocol/event.ts", code)]).toEqual([code, 1, 1])
  expect(found("protocol/address.ts", "URL.parse(address)")).toBe(0)
  expect(found("server/db/sqlite/wal.ts", 'new Worker(new URL("carry.ts", import.meta.url))')).toBe(0)
  expect(found("server/http/guard.ts", "// URL.parse\nnew URLSearchParams(text); parseAddress(header)")).toBe(0)
})

test("a query is taken apart in one place", () => {
  for (const code of ['context.req.query("a")', "req.queries()", "const { query } = context.req; query('a')"])
    expect([code, found("server/http/api.ts", code)]).toEqual([code, 1])
  expect(found("server/http/api.ts", 'queried(context, "a"); const query = new Map(); query.get("a")')).toBe(0)
})

test("normalising is left to one module, and folding never to the database", () => {
  expect(found("server/rooms/names.ts", 'export const a = (b: string) => b.normalize("NFC")')).toBe(1)
  expect(found("client/composer.ts", 'export const a = (b: string) => b["normalize"]()')).toBe(1)
  expect(found("protocol/text.ts", 'export const a = (b: string) => b.normalize("NFC")')).toBe(0)
  expect(found("server/rooms/rows.ts", "export const a = `select lower(name) from rooms`")).toBe(1)
  expect(found("server/rooms/rows.ts", "export const a = `select 1` // lower than that")).toBe(0)
})

test("a file that is too long, or is called after nothing, is found", () => {
  expect(found("view/room.tsx", "\n".repeat(LONGEST + 1))).toBe(1)
  expect(found("view/room.tsx", "\n".repeat(LONGEST))).toBe(0)
  expect(found("client/style/room.css", "\n".repeat(LONGEST + 1))).toBe(1)
  for (const path of [
    "view/utils.ts",
    "view/types.ts",
    "server/rooms/index.ts",
    "view/helpers/a.ts",
    "view/types.test.ts",
  ])
    expect(found(path, "")).toBe(1)
  expect(found("client/service-worker.ts", "")).toBe(0)
})

test("JSON from outside is read in one place, and what is under way is counted in one", () => {
  for (const code of [
    "JSON.parse(frame)",
    "const { parse } = JSON.parse",
    "await request.json()",
    "(await req.json())",
  ]) {
    expect(found("server/http/api.ts", code)).toBe(1)
    expect(found("protocol/event.ts", code)).toBe(1)
  }
  for (const code of ["data.underway++", "--data.underway", "underway += 1", "this.underway--"])
    expect(found("server/http/socket.ts", code)).toBe(1)
  expect(found("server/http/api.ts", "// JSON.parse\ncontext.json({})\nJSON.stringify({})")).toBe(0)
  expect(found("server/http/socket.ts", "if (data.underway >= 1) throw 1")).toBe(0)
  expect(found("protocol/json.ts", "JSON.parse(text)")).toBe(0)
  expect(found("server/counted.ts", "counter.underway++")).toBe(0)
})

test("whose a key is while a word is made is asked in one place", () => {
  for (const code of [
    "event.isComposing || go()",
    "const { key, isComposing } = event; f(isComposing)",
    "f(e.keyCode)",
  ])
    expect([code, found("client/menus.ts", code)]).toEqual([code, 1])
  expect(found("client/keyboard.ts", "f(event.isComposing)")).toBe(0)
  expect(found("client/menus.ts", "// isComposing\ncomposes(event)")).toBe(0)
})
