// A process may have so many files and connections, and strangers open more than that, on which they ask nothing. Whoever is in
// goes on, the database does, and when the strangers leave or have waited long enough everyone is let in again.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { ask, freshDatabase, POSTGRES_VARIABLE } from "./postgres.ts"
import { PARLOUR, register, temporaryFolder, until, type Visitor } from "./world.ts"

/** Descriptors of the process, and connections that strangers open. */
const ALLOWED = 1_200
const STRANGERS = 2_400
/** They come so many in ten milliseconds. */
const AT_ONCE = 100

let folder: string
let child: ReturnType<typeof Bun.spawn>
let environment: Record<string, string>
let url: string
let ann: Visitor
const log: string[] = []

beforeAll(async () => {
  folder = await temporaryFolder()
  const server = process.env[POSTGRES_VARIABLE]
  environment = {
    PATH: process.env.PATH!,
    PORT: "0",
    DATA_DIR: folder,
    ...(server && { DATABASE_URL: (await freshDatabase(server)).url }),
  }
  child = Bun.spawn(["/bin/sh", "-c", `ulimit -n ${ALLOWED}; exec "$@"`, "sh", ...PARLOUR, "start"], {
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  void read(child.stderr as ReadableStream<Uint8Array>, (text) => log.push(text))
  const { value } = await (child.stdout as ReadableStream<Uint8Array>).getReader().read()
  url = new TextDecoder().decode(value).match(/http:\S+/)![0]
  ann = await register(url, "ann")
  await until("it holds some", () => open() > ALLOWED / 4)
}, 30_000)
afterAll(async () => {
  child.kill("SIGKILL") // it would wait for those who are still connected
  await child.exited
  await rm(folder, { recursive: true, force: true })
})

async function read(stream: ReadableStream<Uint8Array>, hear: (text: string) => void): Promise<void> {
  for await (const chunk of stream) hear(new TextDecoder().decode(chunk))
}

const open = () => readdirSync(`/proc/${child.pid}/fd`).length

/** Hundredths of seconds of a processor. */
function worked(): number {
  const [, rest] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")
  const [user, system] = rest!.split(" ").slice(11, 13).map(Number)
  return user! + system!
}

/** A stranger who asks nothing; or once, and then keeps the connection. */
function stranger(asks: boolean): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1")
  socket.on("error", () => {}).on("data", () => {})
  if (asks) socket.write("GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
  return socket
}

async function talkOf(person: Visitor): Promise<(text: string) => Promise<unknown>> {
  const socket = person.socket("/events")
  await once(socket as never, "open")
  let refs = 0
  return async (text) => {
    const ref = ++refs
    const answered = new Promise((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const said = JSON.parse(String(data))
        if (said.ref === ref) resolve(said.ok ? "sent" : said.error.code)
      })
    })
    socket.send(JSON.stringify({ ref, type: "post", room: "talk", text }))
    return Promise.race([answered, Bun.sleep(3_000).then(() => "late")])
  }
}

const imports = (text: string) => {
  const line = JSON.stringify({ room: "old", author: "eve", at: "2020-01-01T00:00:00Z", text })
  const file = join(folder, "lines")
  const run = async () => {
    await writeFile(file, line)
    const { stdout, exited } = Bun.spawn([...PARLOUR, "import", file], { env: environment, stderr: "inherit" })
    return [await new Response(stdout).text(), await exited]
  }
  return run()
}

const comesAnew = () =>
  fetch(`${url}/health`, { keepalive: false, headers: { connection: "close" } }).then(
    ({ status }) => status,
    () => null,
  )

test.each([
  ["ask nothing", false],
  ["keep a connection on which they asked once", true],
])(
  "of strangers who %s there is room left for those who are in, the database and the command line",
  async (_, asks) => {
    const say = await talkOf(ann)
    expect(await say("before")).toBe("sent")
    const told = log.length
    const strangers: Socket[] = []
    while (strangers.length < STRANGERS) {
      for (let i = 0; i < AT_ONCE; i++) strangers.push(stranger(asks))
      await Bun.sleep(10)
    }
    await Bun.sleep(500)
    const before = worked()
    const said = [await say("meanwhile")]
    if (environment.DATABASE_URL) {
      const { pathname } = new URL(environment.DATABASE_URL)
      const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${pathname.slice(1)}' and pid <> pg_backend_pid()`
      await ask(environment.DATABASE_URL, cut)
    }
    await until("the database is written", async () => (await say("and")) === "sent")
    const taken = await imports(asks ? "kept" : "silent")
    expect(said).toEqual(["sent"])
    expect(taken).toEqual([expect.stringContaining("1 messages added"), 0])
    await until("there is room again", () => open() < ALLOWED)
    await Bun.sleep(1_000)
    expect(worked() - before).toBeLessThan(100) // it does not ask over and over who is at the door

    await until("everyone is let in again", async () => (await comesAnew()) === 200, 30_000)
    for (const socket of strangers) socket.destroy()
    expect(await say("after")).toBe("sent")
    // Of those who were not let in the system tries once more, a second later, and there may be too many of them again.
    await until("the log says so", () => log.join("").endsWith("Everyone is let in again.\n"))
    expect(log.slice(told).join("")).toMatch(
      /^Nearly as many connections are open as this process may have files \(1200\): nobody new is let in until some end\.[\s\S]*\nEveryone is let in again\.\n$/,
    )
  },
  60_000,
)
