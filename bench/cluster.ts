// One place by several processes, on a Postgres and a Redis of its own: both as installed, in a temporary folder, and on
// this machine like all the rest.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { postgres, provide, redis } from "../bin/needs.ts"
import { freshDatabase, startPostgres } from "../test/postgres.ts"
import { startRedis } from "../test/redis.ts"
import type { Dialect } from "./dialects.ts"
import { processorTime } from "./libc.ts"
import { type Server, startParlour, withFolder } from "./server.ts"

export type Cluster = {
  servers: Server[]
  /** All of them as if they were one: who is sent there is sent to each in turn. */
  together: Server
  /** Seconds of processor time that the others have used so far. */
  postgres(): number
  redis(): number
  /** The same as `parlour`, at each of the servers in turn. */
  spread(dialect: Dialect): Dialect
}

/** Does the work with so many processes on databases that are theirs alone, all stopped whatever happens. */
export function withCluster<Result>(processes: number, work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  return withDatabases((databases) => withProcesses(processes, databases, work))
}

export type Databases = { postgres: string; redis: string; used: { postgres(): number; redis(): number } }

export function withDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  return withFolder(async (folder) => {
    const database = await startPostgres(provide(postgres), folder)
    process.on("exit", database.stop)
    try {
      const bus = await startRedis(provide(redis), folder)
      process.on("exit", bus.kill)
      try {
        const postmaster = Number.parseInt(readFileSync(join(folder, "postgres/postmaster.pid"), "utf8"), 10)
        return await work({
          postgres: database.url,
          redis: bus.url,
          used: { postgres: () => familyTime(postmaster), redis: () => processorTime(bus.pid) },
        })
      } finally {
        process.off("exit", bus.kill)
        await bus.kill()
      }
    } finally {
      process.off("exit", database.stop)
      database.stop()
    }
  })
}

export async function withProcesses<Result>(
  processes: number,
  { postgres, redis, used }: Databases,
  work: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  return withFolder(async (folder) => {
    const { url, drop } = await freshDatabase(postgres)
    const env = { DATABASE_URL: url, REDIS_URL: redis }
    const servers: Server[] = []
    try {
      for (let i = 0; i < processes; i++) servers.push(await startParlour(folder, { env }))
      const sum = (of: (server: Server) => number) => servers.reduce((all, one) => all + of(one), 0)
      const together = {
        ...servers[0]!,
        processorTime: () => sum((one) => one.processorTime()),
        memory: () => sum((one) => one.memory()),
      }
      return await work({ servers, together, ...used, spread: (dialect) => spreadOver(servers, dialect) })
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
      await drop()
    }
  })
}

const spreadOver = (servers: Server[], dialect: Dialect): Dialect => ({
  ...dialect,
  async seats(server, count) {
    const seats = await dialect.seats(server, count)
    return seats.map((seat, i) => ({ ...seat, port: servers[i % servers.length]!.port }))
  },
})

/** Of a process and those that it started, also those that have ended. */
function familyTime(pid: number): number {
  const ended = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) /, "").split(" ").slice(13, 15)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")
  const running = [pid, ...children.map(Number)].map(processorTime).filter((time) => !Number.isNaN(time))
  return ended.reduce((all, ticks) => all + Number(ticks) / 100, 0) + running.reduce((all, time) => all + time, 0)
}
