import { afterAll, beforeAll, expect, test } from "bun:test"
import { rm } from "node:fs/promises"
import { SQL } from "bun"
import { postgres, provide } from "../../bin/needs.ts"
import { startPostgres } from "../../test/postgres.ts"
import { temporaryFolder } from "../../test/world.ts"
import { inOneTransaction } from "./group.ts"
import type { Sql } from "./sql.ts"

let folder: string
let server: Awaited<ReturnType<typeof startPostgres>>

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startPostgres(provide(postgres), folder)
}, 60_000)
afterAll(async () => {
  server.stop()
  await rm(folder, { recursive: true, force: true })
})

test("what a command still asks when its group has been undone goes nowhere", async () => {
  const connection = new SQL(`${server.url}/postgres`, { max: 1, bigint: true })
  const held = await connection.reserve()
  await held.unsafe("create table clock (id integer, tick bigint); insert into clock values (1, 0)").simple()
  await held.unsafe("create table things (id bigint primary key)")
  const write = async (sql: Sql) => void (await sql`insert into things (id) values (${sql.takeTicks!(1)})`)
  let late: Promise<unknown> = Promise.resolve()
  const slow = (sql: Sql) => {
    late = Bun.sleep(50).then(() => write(sql))
    return late
  }
  const locked = async () => {
    throw Object.assign(new Error("canceling statement due to lock timeout"), { errno: "55P03" })
  }
  const nobody = { resolve() {}, reject() {} }
  const group = [slow, locked].map((work, i) => ({ work, of: i, ...nobody }))
  await expect(inOneTransaction(held, () => group)).rejects.toThrow("lock timeout")
  await late.catch(() => {})
  expect([...(await held`select id from things`)]).toEqual([])
  const settled = await inOneTransaction(held, () => [{ work: write, of: 1, ...nobody }])
  expect(settled).toHaveLength(1)
  expect((await held`select id from things`).map(({ id }: { id: bigint }) => Number(id))).toEqual([1])
  held.release()
  await connection.close()
})
