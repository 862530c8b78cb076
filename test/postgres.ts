// A Postgres for the tests: on a free port, in a temporary folder, and gone when they are done. Each place that a test opens
// has a database of its own on it.
import { spawnSync } from "node:child_process"
import { chmod, chown, mkdir, realpath } from "node:fs/promises"
import { dirname, join } from "node:path"
import { SQL } from "bun"
import { freePort } from "./port.ts"

/** Says which server the tests' places are on; without it they are on SQLite. */
export const VARIABLE = "PARLOUR_TEST_POSTGRES"

export type Postgres = {
  url: string
  /** At once, as if it had died. */
  stop(): void
  /** There again, at the same address. */
  start(): Promise<void>
}

/** Starts one, by the `postgres` program given. */
export async function startPostgres(program: string, folder: string): Promise<Postgres> {
  const data = join(folder, "postgres")
  const run = await programsFor(program, data)
  run("initdb", "--pgdata", data, "--auth=trust", "--username=parlour", "--encoding=UTF8", "--no-locale")
  const port = await startServer(run, data)
  return {
    url: `postgres://parlour@127.0.0.1:${port}`,
    stop: () => run("pg_ctl", "stop", "--pgdata", data, "--mode=immediate"),
    start: async () => void (await startServer(run, data, port)),
  }
}

export type Run = (name: string, ...args: string[]) => void

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
  return (name, ...args) => {
    const [command, ...rest] = [...as, join(programs, name), ...args] as [string, ...string[]]
    const { status, stdout, stderr } = spawnSync(command, rest, { encoding: "utf8", cwd: data })
    if (status !== 0) throw new Error(`${name} failed: ${stdout}${stderr}`)
  }
}

/** Starts the server of that data, on any free port or on that one; answers which. */
export async function startServer(run: Run, data: string, at?: number): Promise<number> {
  const port = at ?? (await freePort())
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${data} -c max_connections=300`
  run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", join(data, "log"), "--options", options)
  return port
}

function userFor(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number.parseInt(spawnSync("id", [flag, name]).stdout.toString(), 10))
    if (uid && gid) return { uid, gid }
  }
  throw new Error("Postgres does not run as root, and there is neither a user postgres nor nobody to run it as.")
}

let databases = 0

/** A new database on the server, empty or as the template is, and how to drop it. */
export async function freshDatabase(
  server: string,
  template = "template1",
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `place_${process.pid}_${++databases}`
  const statement = async (text: string) => {
    const admin = new SQL(`${server}/postgres`, { max: 1 })
    await admin.unsafe(text).simple()
    await admin.close()
  }
  await statement(`create database ${name} template ${template}`)
  return { url: `${server}/${name}`, drop: () => statement(`drop database ${name} with (force)`) }
}
