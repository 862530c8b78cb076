import { expect, test } from "bun:test"
import type { ReservedSQL } from "bun"
import { ask, freshDatabase } from "../../../test/postgres.ts"
import { standingPostgres } from "../../../test/standing.ts"
import { until } from "../../../test/world.ts"
import { openPostgres } from "./postgres.ts"
import { Primary } from "./primary.ts"

const server = standingPostgres()
/** Milliseconds that the one aside may lie idle here. */
const IDLE_MS = 1_000

async function anyPrimary() {
  const { url } = await freshDatabase(server.url)
  await (await openPostgres(url)).close()
  const primary = new Primary(url, IDLE_MS)
  await primary.open(async () => {})
  const isThere = async (pid: number) =>
    (await ask(`${server.url}/postgres`, `select 1 from pg_stat_activity where pid = ${pid}`)).length > 0
  return { primary, isThere }
}

const whose = async (sql: ReservedSQL): Promise<number> => Number((await sql`select pg_backend_pid() as pid`)[0].pid)

test("what is done aside goes over one connection, and over another when that lay idle for long, which is closed", async () => {
  const { primary, isThere } = await anyPrimary()
  const first = await primary.aside(whose)
  expect(await Promise.all([primary.aside(whose), primary.aside(whose)])).toEqual([first, first])
  await Bun.sleep(IDLE_MS + 100)
  const second = await primary.aside(whose)
  expect(second).not.toBe(first)
  await until("the first is gone", async () => !(await isThere(first)))
  expect([await primary.aside(whose), await isThere(second)]).toEqual([second, true])
  await primary.close()
  await until("nothing is left of it", async () => !(await isThere(second)))
})

test("one that was at work for long did not lie idle", async () => {
  const { primary } = await anyPrimary()
  const slow = primary.aside(async (sql) => {
    await sql.unsafe(`select pg_sleep(${(IDLE_MS + 200) / 1000})`)
    return whose(sql)
  })
  const next = primary.aside(whose)
  expect(await next).toBe(await slow)
  await primary.close()
})

test("what fails aside fails alone, and what waits behind it goes on", async () => {
  const { primary } = await anyPrimary()
  const failed = primary.aside(async (sql) => void (await sql.unsafe("select nonsense")))
  const next = primary.aside(whose)
  await expect(failed).rejects.toThrow("nonsense")
  expect(await next).toBeGreaterThan(0)
  await primary.close()
})
