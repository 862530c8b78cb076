// The proxy, tried with a real client and a real server: what it says was done to a COMMIT was done to it.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { SQL } from "bun"
import { standingPostgres } from "../../standing.ts"
import { random, until } from "../../world.ts"
import { type Fate, PostgresProxy } from "./postgres-proxy.ts"

const server = standingPostgres()
let proxy: PostgresProxy
let direct: SQL
const clients: SQL[] = []

beforeAll(async () => {
  proxy = await PostgresProxy.open(random(1))
  proxy.upstream = Number(new URL(server.url).port)
  direct = new SQL(`${server.url}/postgres`, { max: 1 })
  await direct`create table said (text text)`
}, 60_000)

afterEach(async () => {
  proxy.heal()
  for (const client of clients.splice(0)) await client.close({ timeout: 0 }).catch(() => {})
  await direct`truncate said`
})

afterAll(async () => {
  await direct.close()
  await proxy.close()
})

const client = async () => {
  const url = `postgres://parlour@127.0.0.1:${proxy.port}/postgres`
  const one = new SQL(url, { max: 1, connectionTimeout: 1 }) // it tries again until then
  clients.push(one)
  return one.reserve()
}

/** Says it in a transaction; answers how the client saw it end. */
async function say(text: string, simple = false): Promise<"committed" | "lost" | "silent"> {
  const held = await client()
  const insert = `begin; insert into said values ('${text}'); commit`
  const work = async () => {
    if (simple) await held.unsafe(insert).simple()
    else {
      await held`begin`
      await held`insert into said values (${text})`
      await held`commit`
    }
    return "committed" as const
  }
  return Promise.race([work().catch(() => "lost" as const), Bun.sleep(500).then(() => "silent" as const)])
}

const said = async () => ((await direct`select text from said`) as { text: string }[]).map(({ text }) => text)

test("all else passes as it is: errors, long rows, several statements on their way at once", async () => {
  const held = await client()
  const long = "so ".repeat(100_000)
  const [none, one, ...some] = await Promise.all([
    held`select 1 / 0`.catch((error) => error.errno),
    held`select ${long} as long`,
    ...Array.from({ length: 50 }, (_, n) => held`select ${n}::int as n`),
  ])
  expect(none).toBe("22012")
  expect(one[0].long).toBe(long)
  expect(some.map((rows) => rows[0].n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  expect(await said()).toEqual([])
  expect(await say("hello")).toBe("committed")
  expect(await said()).toEqual(["hello"])
})

describe.each([
  ["statement by statement", false],
  ["in one message", true],
])("a COMMIT, %s,", (_, simple) => {
  const outcome = async (fate: Fate) => {
    proxy.atCommit = () => fate
    const before = { ...proxy.cuts, commits: proxy.commits }
    const seen = await say("hello", simple)
    expect(proxy.commits).toBe(before.commits + 1)
    if (typeof fate === "string" && fate !== "pass") expect(proxy.cuts[fate]).toBe(before[fate] + 1)
    return seen
  }

  test("cut before the server heard of it, is not done", async () => {
    expect(await outcome("cut before")).toBe("lost")
    await until("the server has given it up", async () => {
      const [row] = await direct`select count(*)::int as open from pg_stat_activity where state like '%transaction%'`
      return row.open === 0
    })
    expect(await said()).toEqual([])
  })

  test("cut after the server has said that it is done, is done", async () => {
    expect(await outcome("cut after")).toBe("lost")
    expect(await said()).toEqual(["hello"])
  })

  test("swallowed, is done, and nobody hears of it", async () => {
    expect(await outcome("swallow")).toBe("silent")
    expect(await said()).toEqual(["hello"])
  })

  test("held, is done at once and answered later", async () => {
    const began = performance.now()
    const outcomes = outcome(300)
    await until("it is there", async () => (await said()).length === 1)
    expect(performance.now() - began).toBeLessThan(300)
    expect(await outcomes).toBe("committed")
    expect(performance.now() - began).toBeGreaterThan(295)
  })
})

test("a COMMIT cut under way is done or is not", async () => {
  proxy.atCommit = () => "cut under way"
  const outcomes = new Set<number>()
  for (let n = 0; n < 200 && outcomes.size < 2; n++) {
    expect(await say(`${n}`)).toBe("lost")
    await Bun.sleep(5)
    outcomes.add((await said()).length)
    await direct`truncate said`
  }
  expect([...outcomes].sort()).toEqual([0, 1])
})

test("statements can be late, or never arrive; connections that are reset are lost, and nobody is let in who is shut out", async () => {
  const held = await client()
  await held`select 1`
  proxy.late = () => 100
  const began = performance.now()
  await held`select 1`
  expect(performance.now() - began).toBeGreaterThan(95)
  proxy.late = () => null
  const never = held`select 1`.then(
    () => "answered",
    () => "lost",
  )
  expect(await Promise.race([never, Bun.sleep(200).then(() => "silent")])).toBe("silent")
  proxy.resetAll()
  expect(await never).toBe("lost")
  expect(proxy.connections).toBe(0)
  proxy.heal()
  proxy.shut = true
  await expect(client()).rejects.toThrow()
})
