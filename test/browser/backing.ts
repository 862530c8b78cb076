// A Postgres and a Redis for the tests in the browser, which Node runs, by Bun, which can start them. Says where Redis is, and
// for each line it reads where there is a new database; both are gone when there is nobody to ask any more.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { postgres, provide, redis } from "../../bin/needs.ts"
import { freshDatabase, startPostgres } from "../postgres.ts"
import { startRedis } from "../redis.ts"

const folder = await mkdtemp(join(tmpdir(), "parlour-backing-"))
const database = await startPostgres(provide(postgres), folder)
const bus = await startRedis(provide(redis), folder)
console.log(bus.url)
for await (const _ of console) console.log((await freshDatabase(database.url)).url)
await bus.kill()
database.stop()
await rm(folder, { recursive: true, force: true })
