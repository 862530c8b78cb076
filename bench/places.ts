// Places to measure in, with many messages: made once and kept in the system's temporary folder. Their rows are written
// straight into the tables, which takes seconds where the import takes minutes.
import { Database } from "bun:sqlite"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { kept } from "../server/names/kept.ts"
import { slugOf } from "../server/rooms/names.ts"
import { root, type Server, startParlour, withServer } from "./server.ts"
import { type Line, lines } from "./words.ts"

const MILLION = 1_000_000
const prefix = (count: number) => `parlour-bench-of-${count}-`
/** Lines handed over at once. */
const CHUNK = 1_000

const owner = { username: "harbour", password: "a harbour at noon", registration: "open" }

/** The folder of a place with so many messages and an owner. Made anew when the tables or the words have changed. */
export async function placeOf(count: number): Promise<string> {
  const migrations = readdirSync(join(root, "migrations")).toSorted()
  const hash = createHash("sha256")
  for (const file of [...migrations.map((name) => `migrations/${name}`), "bench/words.ts", "bench/places.ts"])
    hash.update(readFileSync(join(root, file)))
  const folder = join(tmpdir(), `${prefix(count)}${hash.digest("hex").slice(0, 12)}`)
  if (existsSync(folder)) return folder
  for (const old of readdirSync(tmpdir()).filter((name) => name.startsWith(prefix(count))))
    await rm(join(tmpdir(), old), { recursive: true, force: true })

  console.error(`Making a place with ${count.toLocaleString("en")} messages, once.`)
  const making = `${folder}.${process.pid}`
  await mkdir(making)
  try {
    await withServer(startParlour(making), ({ origin }) => enter(origin, "register"))
    write(join(making, "parlour.db"), lines(count))
    await rename(making, folder)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return folder
}

/** As the import would have written them. */
function write(path: string, all: Iterable<Line>): void {
  const database = new Database(path)
  for (const pragma of ["synchronous = off", "cache_size = -1000000"]) database.run(`pragma ${pragma}`)
  // "+?": a parameter that the planner may look at makes SQLite prepare the statement anew each time.
  const room = database.prepare(
    "insert or ignore into rooms (id, slug, name, at, tick, found, rule) values (+?1, +?2, +?3, 0, +?1, +?4, +?5)",
  )
  const person = database.prepare(
    `insert into people (id, name, password, role, at, tick, folded, found, rule)
     values (+?1, +?2, null, 'member', 0, +?1, +?3, +?4, +?5)`,
  )
  const message = database.prepare(
    "insert into messages (id, room, author, text, at, tick, nonce) values (+?1, +?2, +?3, +?4, +?5, +?1, +?6)",
  )
  const standing = database.query<{ id: number; slug: string }, []>("select id, slug from rooms").all()
  const rooms = new Map(standing.map(({ id, slug }) => [slug, id]))
  const people = new Map<string, number>()
  let { tick } = database.query<{ tick: number }, []>("select tick from clock").get()!
  const idOf = (ids: Map<string, number>, name: string, make: (id: number) => void): number => {
    const known = ids.get(name)
    if (known !== undefined) return known
    make(++tick)
    ids.set(name, tick)
    return tick
  }

  database.run("begin")
  for (const { room: where, author: who, at, text } of all) {
    const inside = idOf(rooms, slugOf(where), (id) => {
      const { found, rule } = kept(where)
      room.run(id, slugOf(where), where, found, rule)
    })
    const author = idOf(people, who, (id) => {
      const { folded, found, rule } = kept(who)
      person.run(id, who, folded, found, rule)
    })
    tick++
    message.run(tick, inside, author, text, Date.parse(at), `import-${tick}`)
  }
  database.run("update clock set tick = ?", [tick])
  database.run("commit")
  for (const statement of [room, person, message]) statement.finalize()
  database.run("pragma wal_checkpoint(truncate)") // the file is copied without its log
  database.close()
}

/** Feeds made-up lines to the program's own import, and answers how many seconds it took. */
export async function importLines(dataDir: string, count: number): Promise<number> {
  const text: string[] = []
  let chunk = ""
  let number = 0
  for (const line of lines(count)) {
    chunk += `${JSON.stringify(line)}\n`
    if (++number % CHUNK === 0 || number === count) {
      text.push(chunk)
      chunk = ""
    }
  }
  const began = performance.now()
  const child = Bun.spawn([process.execPath, "server/main.ts", "import", "-"], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: [new Blob(text), "pipe", "inherit"],
  })
  const words = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`The import failed: ${words}`)
  return (performance.now() - began) / 1000
}

/** Removes somebody from the place, as its owner. */
export async function expel(origin: string, owner: string, username: string): Promise<void> {
  const request = { method: "POST", headers: { cookie: owner }, body: new URLSearchParams({ username }) } as const
  const { status } = await fetch(`${origin}/place/expel`, { ...request, redirect: "manual" })
  if (status !== 303) throw new Error(`to remove ${username} is answered with ${status}`)
}

/** Comes in as the owner and answers the cookie. */
export async function enter(origin: string, by: "register" | "login"): Promise<string> {
  const body = new URLSearchParams(owner)
  const response = await fetch(`${origin}/${by}`, { method: "POST", body, redirect: "manual" })
  const cookie = response.headers.get("set-cookie")?.split(";")[0]
  if (!cookie) throw new Error(`could not ${by}: ${response.status} ${await response.text()}`)
  return cookie
}

/** Does the work on a running place with 1,000,000 messages, signed in. */
export async function withMillion<Result>(work: (server: Server, cookie: string) => Promise<Result>): Promise<Result> {
  return withServer(startParlour(await placeOf(MILLION)), async (server) =>
    work(server, await enter(server.origin, "login")),
  )
}
