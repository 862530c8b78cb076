// A Postgres and a Redis for the tests of one file, each in a folder of its own: there before the first of them, gone after the
// last.
import { afterAll, beforeAll } from "bun:test"
import { postgres, provide, redis } from "../bin/needs.ts"
import { type Postgres, startPostgres } from "./postgres.ts"
import { type Redis, startRedis } from "./redis.ts"
import { removeData, temporaryFolder } from "./world.ts"

/** Can be asked in tests and hooks, not before. */
type Standing<Server> = Server & { readonly folder: string }

export const standingPostgres = (): Standing<Postgres> =>
  standing(
    (folder) => startPostgres(provide(postgres), folder),
    (server) => server.stop(),
  )

export const standingRedis = (): Standing<Redis> =>
  standing(
    (folder) => startRedis(provide(redis), folder),
    (server) => server.kill(),
  )

function standing<Server extends object>(
  start: (folder: string) => Promise<Server>,
  stop: (server: Server) => void | Promise<void>,
): Standing<Server> {
  let folder: string
  let server: Server
  beforeAll(async () => {
    folder = await temporaryFolder()
    server = await start(folder)
  }, 120_000)
  afterAll(async () => {
    await stop(server)
    await removeData(folder)
  }, 60_000)
  return new Proxy({} as Standing<Server>, {
    get: (_, name) => (name === "folder" ? folder : Reflect.get(server, name)),
  })
}
