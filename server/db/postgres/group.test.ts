import { expect, test } from "bun:test"
import { SQL } from "bun"
import { freshDatabase } from "../../../test/postgres.ts"
import { standingPostgres } from "../../../test/standing.ts"
import type { Sql } from "../sql.ts"
import { inOneTransaction } from "./group.ts"
import { withTimeout } from "./out-of-reach.ts"
import { openPostgres } from "./postgres.ts"
import { Primary } from "./primary.ts"

const server = standingPostgres()

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
  const group = [slow, locked].map((work, i) => ({ work, person: i, ...nobody }))
  await expect(inOneTransaction(held, () => group)).rejects.toThrow("lock timeout")
  await late.catch(() => {})
  expect([...(await held`select id from things`)]).toEqual([])
  const settled = await inOneTransaction(held, () => [{ work: write, person: 1, ...nobody }])
  expect(settled).toHaveLength(1)
  expect((await held`select id from things`).map(({ id }: { id: bigint }) => Number(id))).toEqual([1])
  held.release()
  await connection.close()
})

test("what a command still asks when its group has been given up goes nowhere, and the next goes another way", async () => {
  const { url } = await freshDatabase(server.url)
  await (await openPostgres(url)).close()
  const primary = new Primary(url)
  await primary.open(async (sql) => void (await sql`create table things (id bigint primary key)`))
  const write = async (sql: Sql) => void (await sql`insert into things (id) values (${sql.takeTicks!(1)})`)
  let late: Promise<unknown> = Promise.resolve()
  const slow = (sql: Sql) => {
    late = Bun.sleep(400).then(() => write(sql))
    return late
  }
  const nobody = { person: 1, resolve() {}, reject() {} }
  const began = inOneTransaction(await primary.writer(), () => [{ work: slow, ...nobody }])
  const ended = began.then(
    () => "done",
    () => "undone",
  )
  await expect(withTimeout(began, 200)).rejects.toThrow("no answer")
  primary.giveUpWriter()
  const held = await primary.writer()
  await late.catch(() => {})
  expect(await ended).toBe("undone")
  expect([...(await held`select id from things`)]).toEqual([])
  await inOneTransaction(held, () => [{ work: write, ...nobody }])
  expect([...(await held`select id from things`)]).toEqual([{ id: 1n }])
  await primary.close()
})
