// A Postgres for the tests: on a free port, in a temporary folder, and gone when they are done. Each place that a test opens
// has a database of its own on it.
import { execFile, spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { chmod, chown, mkdir, realpath } from "node:fs/promises"
import { dirname, join } from "node:path"
import { SQL } from "bun"
import { freePort } from "./port.ts"

/** Says which server the tests' places are on; without it they are on SQLite. */
export const POSTGRES_VARIABLE = "PARLOUR_TEST_POSTGRES"

export type Postgres = {
  url: string
  /** At once, as if it had died. */
  stop(): void
  /** kill -9, of the server and of all that work for it. */
  kill(): void
  /** kill -9 of one who works for it, for which it ends all the others and recovers. */
  killOne(): void
  /** There again, at the same address. */
  start(): Promise<void>
}

/** `from`: the folder of another's data, which is copied. `settings`: as they stand in postgresql.conf. */
export type Manner = { from?: string | undefined; settings?: string[] }

/** Starts one, by the `postgres` program given. */
export async function startPostgres(program: string, folder: string, manner: Manner = {}): Promise<Postgres> {
  const data = join(folder, "postgres")
  const run = await programsFor(program, data)
  await furnish(run, data, manner.from)
  const port = await startServer(run, data, manner)
  return {
    url: `postgres://parlour@127.0.0.1:${port}`,
    stop: () => end(data, "SIGQUIT"),
    kill: () => end(data, "SIGKILL"),
    killOne: () => send(workersOf(numberOf(data)).at(-1)!, "SIGKILL"),
    start: async () => void (await startServer(run, data, { ...manner, port })),
  }
}

export type Run = (name: string, ...args: string[]) => Promise<void>

/** Makes the folder of a server's data; answers how to run the programs beside `program` as whoever may use it. */
export async function programsFor(program: string, data: string): Promise<Run> {
  await mkdir(data, { mode: 0o700 })
  const owner = process.getuid?.() === 0 ? userFor() : null // Postgres refuses to run as root
  if (owner) {
    await chown(data, owner.uid, owner.gid)
    await chmod(dirname(data), 0o755)
  }
  const as = owner ? ["setpriv", `--reuid=${owner.uid}`, `--regid=${owner.gid}`, "--clear-groups"] : []
  const programs = dirname(await realpath(program)) // beside the link to it may be few of the others
  return (name, ...args) =>
    new Promise((done, failed) => {
      const [command, ...rest] = [...as, name === "cp" ? name : join(programs, name), ...args] as [string, ...string[]]
      execFile(command, rest, { cwd: data }, (error, stdout, stderr) =>
        error ? failed(new Error(`${name} failed: ${stdout}${stderr}`)) : done(),
      )
    })
}

/** Data of its own for a server: new, or as another has it. */
export const furnish = (run: Run, data: string, from?: string): Promise<void> =>
  from
    ? run("cp", "--archive", `${from}/.`, data)
    : run("initdb", "--pgdata", data, "--auth=trust", "--username=parlour", "--encoding=UTF8", "--no-locale")

/** Starts the server of that data, on any free port or on that one; answers which. */
export async function startServer(
  run: Run,
  data: string,
  { port, settings = [] }: { port?: number; settings?: string[] } = {},
): Promise<number> {
  const at = port ?? (await freePort())
  const usual = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=''",
    "dynamic_shared_memory_type=mmap", // in its folder, which goes with it
    "max_connections=300",
  ]
  const options = [...usual, ...settings].map((setting) => `-c ${setting}`).join(" ")
  const how = ["--wait", "--pgdata", data, "--log", join(data, "log"), "--options", `-p ${at} ${options}`]
  await run("pg_ctl", "start", ...how)
  return at
}

/** Milliseconds that a server has to end by itself. */
const END_MS = 6_000

/** Ends the server of that data, and all that work for it: by SIGQUIT it does so itself, at once. */
export function end(data: string, signal: "SIGQUIT" | "SIGKILL"): void {
  const file = join(data, "postmaster.pid")
  if (!existsSync(file)) return
  const server = numberOf(data)
  if (signal === "SIGKILL") send(server, "SIGSTOP") // nobody else comes to work for it
  const all = [server, ...workersOf(server)]
  for (const one of signal === "SIGKILL" ? all : [server]) send(one, signal)
  const began = performance.now()
  for (; all.some(isThere); sleep(2)) {
    if (performance.now() > began + END_MS) for (const one of all) send(one, "SIGKILL")
    if (performance.now() > began + 3 * END_MS) throw new Error("A Postgres does not end.")
  }
  rmSync(file, { force: true }) // its number may be another's by the next start
}

const numberOf = (data: string) => Number.parseInt(readFileSync(join(data, "postmaster.pid"), "utf8"), 10)

function send(process_: number, signal: NodeJS.Signals): void {
  try {
    process.kill(process_, signal)
  } catch {
    // it is gone already
  }
}

const workersOf = (server: number) =>
  (statOf(server) ? readFileSync(`/proc/${server}/task/${server}/children`, "utf8") : "")
    .split(" ")
    .filter(Boolean)
    .map(Number)

const statOf = (one: number) => (existsSync(`/proc/${one}/stat`) ? readFileSync(`/proc/${one}/stat`, "utf8") : "")
/** One that has ended and that nobody has taken note of is gone, too. */
const isThere = (one: number) => !/^$|\) [ZX] /.test(statOf(one))
const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function userFor(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number.parseInt(spawnSync("id", [flag, name]).stdout.toString(), 10))
    if (uid && gid) return { uid, gid }
  }
  throw new Error("Postgres does not run as root, and there is neither a user postgres nor nobody to run it as.")
}

/** For a database that orders text as people do, and not by its bytes. */
export const OF_A_LANGUAGE = "template0 encoding 'UTF8' locale_provider icu icu_locale 'en' locale 'C'"

/** A new database on the server, empty or as the template is, and how to drop it. Its name is by chance: test files that share a
 *  process know nothing of each other. */
export async function freshDatabase(
  server: string,
  template = "template1",
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `place_${crypto.randomUUID().replaceAll("-", "")}`
  const statement = async (text: string) => void (await ask(`${server}/postgres`, text))
  await statement(`create database ${name} template ${template}`)
  return { url: `${server}/${name}`, drop: () => statement(`drop database ${name} with (force)`) }
}

/** Asks it one thing, as an operator would. */
export async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const admin = new SQL(url, { max: 1 })
  try {
    return await admin.unsafe(text).simple()
  } finally {
    await admin.close()
  }
}
