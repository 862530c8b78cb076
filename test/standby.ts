// A Postgres and its standby for the tests, by streaming replication, each in a temporary folder; and one address for both, of
// the kind that follows the primary. A failover is told as it happens: the primary dies, the standby is promoted, and the
// address leads there. The one that died can come back as the standby of the other, and so on, as often as one likes.
import { appendFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { PostgresProxy } from "./faults/cluster/postgres-proxy.ts"
import { ask, end, furnish, type Manner, programsFor, startServer } from "./postgres.ts"
import { until } from "./world.ts"

const DATABASE = "place"
/** Between the steps of a failover, so that what is in between is seen: no server, then only a standby. */
const STEP_MS = 200
/** For a standby to have what the primary has. */
const PATIENCE_MS = 30_000

export type Role = "primary" | "standby"

export type Pair = AsyncDisposable & {
  /** Where clients connect. */
  url: string
  /** Between that address and whichever it leads to. */
  way: PostgresProxy
  /** A server's own address. */
  addressOf(role: Role): string
  /** What is committed from now on does not reach the standby. */
  cutOff(): Promise<void>
  /** What is committed from now on reaches the standby, and is not answered. */
  holdAnswers(): Promise<void>
  /** Resolves when the standby has all that the primary wrote. */
  reached(): Promise<void>
  /** Changes a setting of a server, as an operator would. */
  set(of: Role, setting: string): Promise<void>
  /** The address leads to another, and all connections by it are cut. */
  lead(to: Role): void
  /** The primary dies. */
  die(): void
  /** The address leads to the standby, and that takes over. */
  takeOver(): Promise<void>
  /** Both. */
  failOver(): Promise<void>
  /** The primary that died is there again, as it was. */
  revive(): Promise<void>
  /** The one that took over is the primary now, and the one that died comes back as its standby, from a new copy. */
  rejoin(): Promise<void>
}

/** With `synchronous` nothing is answered that is not on the standby. */
export async function startPair(
  program: string,
  folder: string,
  { synchronous = false, ...manner }: Manner & { synchronous?: boolean } = {},
): Promise<Pair> {
  const folders = { primary: join(folder, "primary"), standby: join(folder, "standby") }
  const ports = { primary: 0, standby: 0 }
  const run = await programsFor(program, folders.primary)
  const running = new Set<string>()
  const start = async (data: string, port?: number) => {
    const at = await startServer(run, data, { ...manner, ...(port && { port }) })
    running.add(data)
    return at
  }
  const stop = (data: string) => {
    if (running.delete(data)) end(data, "SIGQUIT")
  }
  const stopAll = () => {
    for (const data of [...running]) stop(data)
  }

  const address = (port: number, database = "postgres") => `postgres://parlour@127.0.0.1:${port}/${database}`
  const set = async (role: Role, setting: string) => {
    await ask(address(ports[role]), `alter system set ${setting}`)
    await ask(address(ports[role]), "select pg_reload_conf()")
  }
  const reached = async () => {
    const [written] = await ask(address(ports.primary), "select pg_current_wal_lsn()::text as at")
    const has = `select pg_last_wal_receive_lsn() >= '${written!.at}'::pg_lsn as all`
    await until(
      "the standby has all",
      async () => (await ask(address(ports.standby), has))[0]!.all === true,
      PATIENCE_MS,
    )
  }
  /** Makes the standby, from a copy of the primary. */
  const copy = async () => {
    await rm(folders.standby, { recursive: true, force: true })
    await programsFor(program, folders.standby)
    const source = `host=127.0.0.1 port=${ports.primary} user=parlour application_name=standby`
    const how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    await run("pg_basebackup", "--pgdata", folders.standby, "--dbname", source, ...how)
    // Or it would wait for one of its own as soon as it takes over.
    await appendFile(join(folders.standby, "postgresql.auto.conf"), "synchronous_standby_names = ''\n")
    ports.standby = await start(folders.standby)
    if (synchronous) await set("primary", "synchronous_standby_names = 'standby'")
    await until(
      "the standby keeps up",
      async () => {
        const rows = await ask(address(ports.primary), "select state, sync_state from pg_stat_replication")
        return rows[0]?.state === "streaming" && rows[0]?.sync_state === (synchronous ? "sync" : "async")
      },
      PATIENCE_MS,
    )
    await reached()
  }
  const begin = async () => {
    await furnish(run, folders.primary, manner.from)
    ports.primary = await start(folders.primary)
    if (!manner.from) await ask(address(ports.primary), `create database ${DATABASE}`)
    await copy()
  }
  await begin().catch((error) => {
    stopAll()
    throw error
  })

  const way = await PostgresProxy.open(() => 0)
  const lead: Pair["lead"] = (to) => {
    way.upstream = ports[to]
    way.heal()
    way.resetAll()
  }
  lead("primary")
  const die = () => stop(folders.primary)
  const takeOver = async () => {
    lead("standby")
    await Bun.sleep(STEP_MS)
    await run("pg_ctl", "promote", "--wait", "--pgdata", folders.standby)
  }
  return {
    url: address(way.port, DATABASE),
    way,
    addressOf: (role) => address(ports[role], DATABASE),
    async cutOff() {
      await set("standby", "primary_conninfo = ''")
      await until(
        "the standby hears nothing",
        async () => (await ask(address(ports.standby), "select * from pg_stat_wal_receiver")).length === 0,
      )
    },
    async holdAnswers() {
      await set("primary", "synchronous_commit = remote_apply")
      await ask(address(ports.standby), "select pg_wal_replay_pause()")
    },
    reached,
    set,
    lead,
    die,
    takeOver,
    async failOver() {
      die()
      await Bun.sleep(STEP_MS)
      await takeOver()
    },
    async revive() {
      ports.primary = await start(folders.primary)
    },
    async rejoin() {
      stop(folders.primary)
      for (const pair of [folders, ports] as Record<Role, string | number>[])
        [pair.primary, pair.standby] = [pair.standby, pair.primary]
      await copy()
    },
    async [Symbol.asyncDispose]() {
      stopAll() // before anything that takes time: this process may be about to end
      await way.close()
    },
  }
}
