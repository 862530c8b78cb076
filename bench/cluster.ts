// One place by several processes, on a Postgres and a Redis of its own: both as installed, in a temporary folder, and on
// this machine like all the rest.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { postgres, provide, redis } from "../bin/needs.ts"
import { freshDatabase, startPostgres } from "../test/postgres.ts"
import { type Redis, startRedis } from "../test/redis.ts"
import { type Dialect, parlour } from "./dialects.ts"
import { processorTime } from "./libc.ts"
import { type Server, startParlour, withFolder, withServer } from "./server.ts"

export type Cluster = {
  servers: Server[]
  /** All of them as if they were one. */
  together: Server
  /** Who comes to it by this comes to each of them in turn. */
  dialect: Dialect
}

export type Databases = {
  postgres: string
  redis: string
  bus: Redis
  /** Seconds of processor time that each has used so far. */
  used: { postgres(): number; redis(): number }
}

/** Does the work with databases that are stopped whatever happens. */
export function withDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  return withFolder(async (folder) => {
    const database = await startPostgres(provide(postgres), folder)
    process.on("exit", database.stop)
    try {
      const bus = await startRedis(provide(redis), folder)
      process.on("exit", bus.kill)
      try {
        const postmaster = Number.parseInt(readFileSync(join(folder, "postgres/postmaster.pid"), "utf8"), 10)
        const used = { postgres: () => familyTime(postmaster), redis: () => processorTime(bus.pid) }
        return await work({ postgres: database.url, redis: bus.url, bus, used })
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

/** Does the work on a place of so many processes, which begins empty. Of none: one process, on SQLite. */
export function withProcesses<Result>(
  count: number,
  { postgres, redis, used }: Databases,
  work: (cluster: Cluster) => Promise<Result>,
  settings: Record<string, string> = {},
): Promise<Result> {
  return withFolder(async (folder) => {
    if (count === 0)
      return withServer(startParlour(folder), (alone) => work({ servers: [alone], together: alone, dialect: parlour }))
    const { url, drop } = await freshDatabase(postgres)
    const env = { DATABASE_URL: url, REDIS_URL: redis, ...settings }
    const servers: Server[] = []
    try {
      for (let i = 0; i < count; i++) servers.push(await startParlour(folder, { env }))
      const sum = (of: (server: Server) => number) => servers.reduce((all, one) => all + of(one), 0)
      const together = {
        ...servers[0]!,
        processorTime: () => sum((one) => one.processorTime()),
        memory: () => sum((one) => one.memory()),
        beside: () => used.postgres() + used.redis(),
      }
      return await work({ servers, together, dialect: spreadOver(servers) })
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
      await drop()
    }
  })
}

const spreadOver = (servers: Server[]): Dialect => ({
  ...parlour,
  async seats(server, count) {
    const seats = await parlour.seats(server, count)
    return seats.map((seat, i) => ({ ...seat, port: servers[i % servers.length]!.port }))
  },
})

/** Of a process and those that it started, also those that have ended. */
function familyTime(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) /, "").split(" ").slice(13, 15)
  const ended = (Number(user) + Number(system)) / 100
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number)
  const running = [pid, ...children].map(processorTime).filter((time) => !Number.isNaN(time))
  return running.reduce((all, time) => all + time, ended)
}
