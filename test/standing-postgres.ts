// A Postgres for the tests of one file, in a folder of its own: there before the first of them, gone after the last.
import { afterAll, beforeAll } from "bun:test"
import { rm } from "node:fs/promises"
import { postgres, provide } from "../bin/needs.ts"
import { type Postgres, startPostgres } from "./postgres.ts"
import { temporaryFolder } from "./world.ts"

/** What it answers can be asked for in tests and hooks, not before. */
export function standingPostgres(): { readonly url: string; readonly folder: string } {
  let folder: string
  let server: Postgres
  beforeAll(async () => {
    folder = await temporaryFolder()
    server = await startPostgres(provide(postgres), folder)
  }, 120_000)
  afterAll(async () => {
    server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    get url() {
      return server.url
    },
    get folder() {
      return folder
    },
  }
}
