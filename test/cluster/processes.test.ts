// Several processes of one place on one machine, as `parlour start --processes` starts them: they share the port, and the one
// that was started watches over them.
import { describe, expect, test } from "bun:test"
import { mkdir, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises"
import { createServer, connect as dial, type Socket } from "node:net"
import { join } from "node:path"
import { freePort } from "../port.ts"
import { freshDatabase } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { HANGING } from "../watch.ts"
import { json, openSocket } from "../ways.ts"
import { PARLOUR, register, until, type Visitor } from "../world.ts"

const ROOT = join(import.meta.dirname, "../..")

const database = standingPostgres()

let number = 0

/** A place of its own, and a port. */
async function fresh() {
  const { url } = await freshDatabase(database.url)
  const data = join(database.folder, `place-${++number}`)
  await mkdir(data)
  return { PATH: process.env.PATH!, PORT: `${await freePort()}`, LIMITS: "off", DATA_DIR: data, DATABASE_URL: url }
}
type Env = Awaited<ReturnType<typeof fresh>>

function spawn(env: Record<string, string>, processes: string, command = PARLOUR) {
  const child = Bun.spawn([...command, "start", `--processes=${processes}`], {
    cwd: database.folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  const printed = { out: "", err: "" }
  const read = async (from: ReadableStream<Uint8Array>, to: keyof typeof printed) => {
    const text = new TextDecoder()
    for await (const bytes of from) printed[to] += text.decode(bytes)
  }
  const reading = Promise.all([read(child.stdout, "out"), read(child.stderr, "err")])
  return { child, printed, reading }
}

/** A place that runs by so many processes; it ends with the block. */
async function start(env: Env & { METRICS_TOKEN?: string }, processes: number, command = PARLOUR) {
  const { child, printed, reading } = spawn(env, `${processes}`, command)
  const port = Number(env.PORT)
  await until("it is open", () => printed.out.includes("\n") || child.exitCode !== null, 60_000)
  if (child.exitCode !== null) throw new Error(`it did not start: ${printed.err}`)
  return {
    child,
    printed,
    port,
    url: `http://127.0.0.1:${port}`,
    processes: () => childrenOf(child.pid),
    async stop(signal: NodeJS.Signals) {
      child.kill(signal)
      return await child.exited
    },
    /** When nobody is left who could print something. */
    silence: () => reading,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
      await reading // until those that it watched over are gone, too
    },
  }
}

/** Runs what is to be refused, to its end. */
async function refused(env: Record<string, string>, processes = "2") {
  const { child, printed, reading } = spawn(env, processes)
  await Promise.all([child.exited, reading])
  return [child.exitCode, printed.out, printed.err]
}

function childrenOf(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", `${pid}`])
  return stdout.toString().trim().split(/\s+/).filter(Boolean).map(Number)
}

/** No zombie either. */
const isAlive = (pid: number) =>
  readFile(`/proc/${pid}/stat`, "utf8").then(
    (stat) => !/\) Z/.test(stat),
    () => false,
  )

/** Whatever comes of it, they do not go on: who hangs does not notice that nobody watches any more. */
const ending = (...processes: number[]) => ({
  async [Symbol.asyncDispose]() {
    for (const pid of processes) if (await isAlive(pid)) process.kill(pid, "SIGKILL")
  },
})

/** Who of them has taken these connections, as the kernel says. */
async function serving(port: number, connections: Socket[], processes: number[]): Promise<number[]> {
  const inodes = new Set<string>()
  for (const line of (await readFile("/proc/net/tcp", "utf8")).split("\n")) {
    const [, here, there, , , , , , , inode] = line.trim().split(/\s+/)
    if (portOf(here) === port && connections.some(({ localPort }) => localPort === portOf(there))) inodes.add(inode!)
  }
  const found: number[] = []
  for (const pid of processes)
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const [, inode] = (await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")).match(/^socket:\[(\d+)\]$/) ?? []
      if (inode && inodes.has(inode)) found.push(pid)
    }
  return found
}
const portOf = (address = "") => Number.parseInt(address.split(":")[1] ?? "", 16)

/** One post on a connection of its own. */
const say = (who: Visitor, text: string, nonce: string) =>
  fetch(`${who.url}/api/v1/rooms/talk/messages`, {
    ...json("POST", { text, nonce }),
    headers: { cookie: who.cookie, "content-type": "application/json", connection: "close" },
    keepalive: false,
  })

describe("parlour start --processes", () => {
  test("shares the port among as many as were asked for, and every one of them serves", async () => {
    await using place = await start(await fresh(), 3)
    expect(place.printed.out).toBe(`Parlour is open at ${place.url}\n`)
    const processes = place.processes()
    expect(processes).toHaveLength(3)
    const connections = Array.from({ length: 60 }, () => dial(place.port, "127.0.0.1").on("error", () => {}))
    await until("all are taken", async () => (await serving(place.port, connections, processes)).length === 60)
    expect(new Set(await serving(place.port, connections, processes))).toEqual(new Set(processes))
    for (const connection of connections) connection.destroy()
    const answers = await Promise.all(
      connections.map(() => fetch(`${place.url}/health`, { headers: { connection: "close" } })),
    )
    expect(answers.map(({ status }) => status)).toEqual(connections.map(() => 200))
  }, 60_000)

  test("puts another in the place of one that was killed, and says so", async () => {
    await using place = await start(await fresh(), 2)
    const [killed, other] = place.processes() as [number, number]
    process.kill(killed, "SIGKILL")
    await until("it is replaced", () => place.processes().length === 2 && !place.processes().includes(killed))
    expect(place.processes()).toContain(other)
    await until("it says so", () => place.printed.err !== "")
    expect(place.printed.err).toBe("A process ended by SIGKILL. Another takes its place.\n")
  }, 60_000)

  test("ends one that hangs, stopped or turning for ever, and puts another in its place", async () => {
    const watch = [...PARLOUR.slice(0, -1), join(ROOT, "test/watch.ts")]
    await using place = await start(await fresh(), 3, watch)
    const [stopped, turning, other] = place.processes() as [number, number, number]
    await using _ = ending(stopped, turning)
    process.kill(stopped, "SIGSTOP")
    process.kill(turning, "SIGUSR2")
    const gone = () => ![stopped, turning].some((one) => place.processes().includes(one))
    await until("they are ended", gone, HANGING + 5_000)
    await until("others are there", () => place.processes().length === 3)
    expect(place.processes()).toContain(other)
    await until("it says so", () => place.printed.err.split("\n").length === 5)
    expect(place.printed.err.split("\n").sort()).toEqual([
      "",
      "A process ended by SIGKILL. Another takes its place.",
      "A process ended by SIGKILL. Another takes its place.",
      "A process has done nothing for 3 s: it is ended.",
      "A process has done nothing for 3 s: it is ended.",
    ])
  }, 60_000)

  test("answers for all of them with the metrics, whichever is asked", async () => {
    const METRICS_TOKEN = "a-token-of-the-tests"
    await using place = await start({ ...(await fresh()), METRICS_TOKEN }, 2)
    await register(place.url, "ann")
    const headers = { authorization: `Bearer ${METRICS_TOKEN}`, connection: "close" }
    for (let i = 0; i < 5; i++) {
      const text = await (await fetch(`${place.url}/metrics`, { headers })).text()
      const told = [...text.matchAll(/^parlour_tick\{process="(\d+)"\} \d+$/gm)].map(([, pid]) => Number(pid))
      expect(told.sort()).toEqual(place.processes().sort())
      expect(text.match(/^parlour_commands_total\{.*command="register",outcome="done"\} 1$/gm)).toHaveLength(1)
      expect(text.match(/^# TYPE parlour_tick /gm)).toHaveLength(1)
    }
    const [stopped] = place.processes()
    process.kill(stopped!, "SIGSTOP")
    const asked = Array.from({ length: 8 }, () => fetch(`${place.url}/metrics`, { headers }))
    const text = await (await Promise.any(asked)).text() // what hangs is left out
    process.kill(stopped!, "SIGCONT")
    expect(text.match(/^parlour_tick\{/gm)).toHaveLength(1)
    await Promise.all(asked)
  }, 60_000)

  test("waits longer each time for one that does not last, and says that once", async () => {
    await using place = await start(await fresh(), 1)
    const empty: number[] = []
    for (let i = 0; i < 4; i++) {
      const [pid] = place.processes()
      process.kill(pid!, "SIGKILL")
      const began = performance.now()
      await until("it is replaced", () => place.processes().some((one) => one !== pid), 10_000)
      empty.push(performance.now() - began)
    }
    for (const [i, pause] of [250, 500, 1_000, 2_000].entries()) expect(empty[i]).toBeGreaterThan(pause - 20)
    expect(place.printed.err.split("\n")).toEqual([
      "A process ended by SIGKILL. Another takes its place.",
      "A process ended by SIGKILL. Another takes its place.",
      "Processes end again and again: each is replaced after a longer pause, up to 15 s.",
      "",
    ])
  }, 60_000)

  test.each(["SIGTERM", "SIGINT"] as const)(
    "stops all of them on %s, and leaves none behind",
    async (signal) => {
      const env = await fresh()
      await using place = await start(env, 3)
      const processes = place.processes()
      expect(await place.stop(signal)).toBe(0)
      expect(await Promise.all(processes.map(isAlive))).toEqual([false, false, false])
      expect(place.printed).toEqual({ out: `Parlour is open at ${place.url}\n`, err: "" })
      await using _again = await start(env, 1)
    },
    60_000,
  )

  test("stops all of them when it is stopped while they start", async () => {
    const { child, printed, reading } = spawn(await fresh(), "2")
    await until("one starts", () => childrenOf(child.pid).length > 0)
    const processes = childrenOf(child.pid)
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
    expect(await Promise.all(processes.map(isAlive))).toEqual([false])
    await reading
    expect(printed).toEqual({ out: "", err: "" })
  }, 60_000)

  test("leaves none behind when it is killed itself", async () => {
    await using place = await start(await fresh(), 3)
    const processes = place.processes()
    place.child.kill("SIGKILL")
    await until("all are gone", async () => !(await Promise.all(processes.map(isAlive))).includes(true), 10_000)
  }, 60_000)

  test("alone hears what a terminal sends to all of them", async () => {
    await using place = await start(await fresh(), 2)
    const processes = place.processes()
    for (const pid of processes) for (const signal of ["SIGINT", "SIGHUP"]) process.kill(pid, signal)
    await Bun.sleep(500)
    expect(place.processes()).toEqual(processes)
    expect(place.printed.err).toBe("")
  }, 60_000)
})

describe("SIGHUP", () => {
  test("renews one after the other: nothing that is said is lost or said twice, nobody is refused, who listens comes back by cursor", async () => {
    await using place = await start(await fresh(), 3)
    const before = place.processes()
    const ann = await register(place.url, "ann")
    const bob = await register(place.url, "bob")
    const heard: string[] = []
    const farewells: string[] = []
    let leaving = false
    const listening = (async () => {
      for (let after = ""; !leaving; ) {
        const socket = await openSocket(bob, `/events${after && `?after=${after}`}`)
        for await (const frame of socket.frames()) {
          if (frame.kind === "message") heard.push(frame.text as string)
          if (frame.tick !== undefined) after = `${frame.tick}`
          if (frame.kind === "bye") farewells.push(frame.reason as string)
          if (frame.text === "the end") return socket.close()
        }
      }
    })()

    const said: string[] = []
    const cuts: string[] = []
    let renewing = true
    const speaking = Array.from({ length: 16 }, async (_, speaker) => {
      for (let i = 0; renewing; i++) {
        const text = `${speaker} says ${i}`
        const nonce = crypto.randomUUID()
        for (;;) {
          const status = await say(ann, text, nonce).then(
            ({ status }) => status,
            (error) => `${error.code}`,
          )
          if (status === 201) break
          cuts.push(`${status}`)
        }
        said.push(text)
        await Bun.sleep(1)
      }
    })
    await until("they speak", () => said.length > 50)
    place.child.kill("SIGHUP")
    await until("all are renewed", () => place.printed.out.includes("Renewed: 3 new processes serve.\n"), 60_000)
    renewing = false
    await Promise.all(speaking)
    await say(ann, "the end", crypto.randomUUID())
    await until("bob hears the end", () => heard.includes("the end"))
    leaving = true
    await listening
    const after = place.processes()
    expect(after).toHaveLength(3)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
    expect(cuts).toEqual([])
    expect([...heard].sort()).toEqual([...said, "the end"].sort())
    expect(new Set(farewells)).toEqual(new Set(["restart"]))
    expect(place.printed.err).toBe("")
  }, 90_000)

  test("cuts no connection while one process takes the port over from another, though many begin in each millisecond", async () => {
    await using place = await start(await fresh(), 1)
    const got = { answered: 0, cut: 0 }
    let open = 0
    const knock = () => {
      open++
      let answered = false
      const connection = dial(place.port, "127.0.0.1")
      connection
        .on("connect", () =>
          connection.write("GET /assets/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
        )
        .on("data", () => {
          answered = true
        })
        .on("error", () => {})
        .on("close", () => {
          open--
          got[answered ? "answered" : "cut"]++
        })
    }
    const knocking = setInterval(() => {
      for (let i = 0; i < 3 && open < 200; i++) knock()
    }, 1)
    for (let i = 1; i <= 3; i++) {
      place.child.kill("SIGHUP")
      await until("all are renewed", () => place.printed.out.split("Renewed").length === i + 1, 60_000)
    }
    clearInterval(knocking)
    await until("all are answered", () => open === 0)
    expect(got.answered).toBeGreaterThan(500)
    expect(got.cut).toBe(0)
  }, 90_000)

  test("changes nothing when a new process does not come to serve, and can be tried again", async () => {
    const env = await fresh()
    await using place = await start(env, 2)
    const processes = place.processes()
    await rm(env.DATA_DIR, { recursive: true })
    await writeFile(env.DATA_DIR, "no folder")
    place.child.kill("SIGHUP")
    await until("it is said", () => place.printed.err.includes("stay as they are.\n"), 20_000)
    expect(place.printed.err).toEndWith("A new process did not come to serve: the others stay as they are.\n")
    expect(place.processes()).toEqual(processes)
    expect((await fetch(`${place.url}/welcome`, { redirect: "manual" })).status).toBe(200)
    await rm(env.DATA_DIR)
    place.child.kill("SIGHUP")
    await until("all are renewed", () => place.printed.out.includes("Renewed: 2 new"), 20_000)
  }, 60_000)
})

describe("parlour start --processes refuses in one sentence", () => {
  test("SQLite", async () => {
    const { DATABASE_URL: _, ...env } = await fresh()
    expect(await refused(env)).toEqual([
      1,
      "",
      "--processes needs Postgres, as one process alone may write to a SQLite file: name one in DATABASE_URL, or leave it out.\n",
    ])
  })

  test.each(["0", "65", "-1", "1.5", "four", "", "1e1", "99999999999999999999"])("%p processes", async (processes) => {
    expect(await refused(await fresh(), processes)).toEqual([1, "", "--processes is a whole number from 1 to 64.\n"])
  })

  test("a port that another program has", async () => {
    const env = await fresh()
    await using other = createServer().listen(Number(env.PORT), "127.0.0.1")
    await until("it listens", () => other.listening)
    expect(await refused(env)).toEqual([1, "", taken(env)])
  })

  test("a port that another program would share", async () => {
    const env = await fresh()
    const other = Bun.serve({ port: env.PORT, hostname: "127.0.0.1", reusePort: true, fetch: () => new Response() })
    expect(await refused(env)).toEqual([1, "", taken(env)])
    await other.stop(true)
  })

  test("a port that another Parlour has, of one process or of several", async () => {
    const env = await fresh()
    await using place = await start(env, 2)
    const other = { ...(await fresh()), PORT: env.PORT }
    expect(await refused(other)).toEqual([1, "", taken(env)])
    expect(place.processes()).toHaveLength(2)
  }, 60_000)

  test("a database that is not there, once for all of them", async () => {
    const env = await fresh()
    const [code, out, err] = await refused({ ...env, DATABASE_URL: `${env.DATABASE_URL}_not` }, "4")
    expect([code, out]).toEqual([1, ""])
    expect(err).toMatch(/^[A-Z][^\n]*\.\n$/)
  }, 60_000)
})

const taken = ({ PORT }: Env) =>
  `Port ${PORT} is taken by another program: give Parlour another, as in PORT=3001 npm start.\n`
