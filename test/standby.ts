// A Postgres and its standby for the tests, by streaming replication, each in a temporary folder; and one address for both, of
// the kind that follows the primary. A failover is told as it happens: the primary dies, the standby is promoted, and the
// address leads there.
import { join } from "node:path"
import { SQL } from "bun"
import { TcpProxy } from "./faults/proxy.ts"
import { programsFor, startServer } from "./postgres.ts"
import { until } from "./world.ts"

const DATABASE = "place"
/** Between the steps of a failover, so that what is in between is seen: no server, then only a standby. */
const STEP_MS = 200

export type Pair = AsyncDisposable & {
  /** Where clients connect. */
  url: string
  /** The standby's own address. */
  standbyUrl: string
  /** What is committed from now on does not reach the standby. */
  cutOff(): Promise<void>
  /** What is committed from now on reaches the standby, and is not answered. */
  holdAnswers(): Promise<void>
  /** Resolves when the standby has all that the primary wrote. */
  reached(): Promise<void>
  /** Changes a setting of a server, as an operator would. */
  set(of: "primary" | "standby", setting: string): Promise<void>
  /** The address leads to another, and all connections by it are cut. */
  lead(to: "primary" | "standby"): void
  /** The primary dies, the address leads to the standby, and that takes over. */
  failOver(): Promise<void>
  /** The primary that died is there again, as it was. */
  revive(): Promise<void>
}

/** With `synchronous` nothing is answered that is not on the standby. */
export async function startPair(program: string, folder: string, { synchronous = false } = {}): Promise<Pair> {
  const folders = { primary: join(folder, "primary"), standby: join(folder, "standby") }
  const run = await programsFor(program, folders.primary)
  const running = new Set<string>()
  const start = async (data: string) => {
    const port = await startServer(run, data)
    running.add(data)
    return port
  }
  const stop = (data: string) => {
    if (running.delete(data)) run("pg_ctl", "stop", "--pgdata", data, "--mode=immediate")
  }

  const ports = { primary: 0, standby: 0 }
  const address = (port: number, database: string) => `postgres://parlour@127.0.0.1:${port}/${database}`
  const stopAll = () => {
    for (const data of [...running]) stop(data)
  }
  const set = async (port: number, setting: string) => {
    await say(address(port, "postgres"), `alter system set ${setting}`)
    await say(address(port, "postgres"), "select pg_reload_conf()")
  }
  const begin = async () => {
    run("initdb", "--pgdata", folders.primary, "--auth=trust", "--username=parlour", "--encoding=UTF8", "--no-locale")
    ports.primary = await start(folders.primary)
    await say(address(ports.primary, "postgres"), `create database ${DATABASE}`)
    await programsFor(program, folders.standby)
    const source = `host=127.0.0.1 port=${ports.primary} user=parlour application_name=standby`
    run("pg_basebackup", "--pgdata", folders.standby, "--dbname", source, "--write-recovery-conf", "--checkpoint=fast")
    ports.standby = await start(folders.standby)
    if (synchronous) await set(ports.primary, "synchronous_standby_names = 'standby'")
    await until("the standby keeps up", async () => {
      const rows = await say(address(ports.primary, "postgres"), "select sync_state from pg_stat_replication")
      return rows[0]?.sync_state === (synchronous ? "sync" : "async")
    })
  }
  await begin().catch((error) => {
    stopAll()
    throw error
  })

  const way = await TcpProxy.open()
  const lead: Pair["lead"] = (to) => {
    way.upstream = `http://127.0.0.1:${ports[to]}`
    way.heal()
    way.resetAll()
  }
  lead("primary")
  return {
    url: address(Number(new URL(way.url).port), DATABASE),
    standbyUrl: address(ports.standby, DATABASE),
    async cutOff() {
      const standby = address(ports.standby, "postgres")
      await set(ports.standby, "primary_conninfo = ''")
      await until(
        "the standby hears nothing",
        async () => (await say(standby, "select * from pg_stat_wal_receiver")).length === 0,
      )
    },
    async holdAnswers() {
      await set(ports.primary, "synchronous_commit = remote_apply")
      await say(address(ports.standby, "postgres"), "select pg_wal_replay_pause()")
    },
    reached: () =>
      until("the standby has all", async () => {
        const written = await say(address(ports.primary, "postgres"), "select pg_current_wal_lsn()::text as at")
        const received = await say(address(ports.standby, "postgres"), "select pg_last_wal_receive_lsn()::text as at")
        return written[0]!.at === received[0]!.at
      }),
    set: (of, setting) => set(ports[of], setting),
    lead,
    async failOver() {
      stop(folders.primary)
      await Bun.sleep(STEP_MS)
      lead("standby")
      await Bun.sleep(STEP_MS)
      run("pg_ctl", "promote", "--wait", "--pgdata", folders.standby)
    },
    async revive() {
      ports.primary = await start(folders.primary)
    },
    async [Symbol.asyncDispose]() {
      await way.close()
      stopAll()
    },
  }
}

async function say(url: string, text: string): Promise<Record<string, unknown>[]> {
  const admin = new SQL(url, { max: 1 })
  try {
    return await admin.unsafe(text)
  } finally {
    await admin.close()
  }
}
