// A Redis for the tests: on a free port, in a temporary folder, keeping nothing, and gone when they are done.
import { join } from "node:path"
import { RedisClient } from "bun"
import { freePort } from "./port.ts"
import { until } from "./world.ts"

/** Says which server the tests' places on Postgres speak over; without it they have only the clock. */
export const REDIS_VARIABLE = "PARLOUR_TEST_REDIS"

export type Redis = {
  url: string
  readonly pid: number
  /** As an operator would speak to it. */
  say(command: string, ...args: string[]): Promise<unknown>
  /** It is there, and does nothing. */
  freeze(): void
  thaw(): void
  /** Gone, at once. */
  kill(): Promise<void>
  /** There again, on the same port. */
  start(): Promise<void>
}

export async function startRedis(program: string, folder: string): Promise<Redis> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
  const begin = () =>
    Bun.spawn([program, ...settings, "--logfile", join(folder, "redis.log")], { stdout: "ignore", stderr: "ignore" })
  let server = begin()
  const say = async (command: string, ...args: string[]) => {
    const client = new RedisClient(url, { autoReconnect: false })
    try {
      return (await client.send(command, args)) as unknown
    } finally {
      client.close()
    }
  }
  const answers = () => until("Redis answers", async () => (await say("PING").catch(() => null)) === "PONG")
  await answers()
  return {
    url,
    get pid() {
      return server.pid
    },
    say,
    freeze: () => server.kill("SIGSTOP"),
    thaw: () => server.kill("SIGCONT"),
    async kill() {
      server.kill("SIGKILL")
      await server.exited
    },
    async start() {
      server = begin()
      await answers()
    },
  }
}
