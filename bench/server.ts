// Servers under measurement: each in its own process, on loopback, on a port of its own, and ended by its process id.
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { processorTime } from "./libc.ts"

export const root = join(import.meta.dirname, "..")

/** Seconds that a server has to answer for the first time; installing may be part of it. */
const PATIENCE = 120

export type Server = {
  origin: string
  port: number
  /** Seconds from the command to the first answer. */
  startedIn: number
  /** Seconds of processor time used so far. */
  processorTime(): number
  /** The same of the databases that it is on, where those are processes of their own. */
  beside?(): number
  /** Bytes in memory: its own, and what it shares with others. */
  memory(): number
  stop(): Promise<void>
  /** As a power cut would end it. */
  kill(): Promise<void>
}

const running = new Set<Bun.Subprocess>()
process.on("exit", () => {
  for (const child of running) kill(child, "SIGKILL")
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

export type Start = { command: string[]; env?: Record<string, string>; cwd?: string; path?: string; port?: number }

/** Starts a server that takes its port from PORT, any free one if none is given, and waits until `path` answers. */
export async function start({ command, env = {}, cwd = root, path = "/", port: wanted }: Start): Promise<Server> {
  const port = wanted ?? (await freePort())
  const origin = `http://127.0.0.1:${port}`
  const began = performance.now()
  const child = Bun.spawn(command, {
    cwd,
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true, // a process group of its own, so that whatever npm starts ends with it
  })
  running.add(child)
  const stop = async () => {
    kill(child, "SIGTERM")
    await Promise.race([child.exited, Bun.sleep(6_000)])
    kill(child, "SIGKILL")
    running.delete(child)
  }
  while (!(await answers(origin + path))) {
    if (child.exitCode !== null || performance.now() - began > PATIENCE * 1000) {
      await stop()
      throw new Error(`${command.join(" ")} did not answer`)
    }
    await Bun.sleep(3)
  }
  return {
    origin,
    port,
    startedIn: (performance.now() - began) / 1000,
    processorTime: () => processorTime(child.pid),
    memory: () => memoryOf(child.pid),
    stop,
    async kill() {
      kill(child, "SIGKILL")
      await child.exited
      running.delete(child)
    },
  }
}

/** Parlour on the folder given: alone on SQLite, if the environment names no databases. */
export const startParlour = (
  dataDir: string,
  { port, env = {} }: { port?: number; env?: Record<string, string> } = {},
): Promise<Server> =>
  start({
    command: [process.execPath, "server/main.ts"],
    env: { DATA_DIR: dataDir, LIMITS: "off", PUBLIC_URL: "", DATABASE_URL: "", REDIS_URL: "", HOST: "", ...env },
    ...(port && { port }),
  })

/** Does the work with a new folder that is gone afterwards. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "parlour-bench-"))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Does the work with a server, which is stopped whatever happens. */
export async function withServer<Result>(
  starting: Promise<Server>,
  work: (server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await starting
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

async function answers(address: string): Promise<boolean> {
  return fetch(address, { signal: AbortSignal.timeout(2_000) }).then(
    ({ status }) => status < 500,
    () => false,
  )
}

/** Below the range from which the system gives out ports to those who connect. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer()
      probe.once("error", () => resolve(false))
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
    })
    if (free) return port
  }
}

function kill(child: Bun.Subprocess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid, signal) // its whole group
  } catch {
    // it has ended
  }
}

function memoryOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/status`)) return Number.NaN
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/) ?? []
  return Number(kilobytes) * 1024
}
