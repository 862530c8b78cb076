import { expect, test } from "bun:test"
import { type From, HashQueue } from "./hash-queue.ts"

/** Two at a time, each of which is done when we say so; and who was served, in their order. */
function queue(atOnce = 2) {
  const hashes = new HashQueue(atOnce)
  const served: string[] = []
  const refused: string[] = []
  const ends: (() => void)[] = []
  return {
    served,
    refused,
    ask(who: string, from: From) {
      hashes
        .run(from, () => {
          served.push(who)
          return new Promise<void>((resolve) => ends.push(resolve))
        })
        .catch((error) => {
          expect(error).toMatchObject({ code: "slow_down", after: 5 })
          refused.push(who)
        })
    },
    async end(count: number) {
      for (let i = 0; i < count; i++) {
        await new Promise(setImmediate)
        ends.shift()?.()
      }
      await new Promise(setImmediate)
    },
  }
}

const known = (account: string, device = "one") => ({ address: "6.6.6.6", known: { account, device } })

test("what fails before it has begun fails for who asked, and the next has their turn", async () => {
  const hashes = new HashQueue(1)
  const first = hashes.run({ address: "1.1.1.1" }, () => {
    throw new Error("at once")
  })
  const next = hashes.run({ address: "1.1.1.1" }, async () => "hashed")
  await expect(first).rejects.toThrow("at once")
  expect(await next).toBe("hashed")
})

test("two are hashed at a time, and the next when one of them is done, whether it went well or not", async () => {
  const hashes = new HashQueue(2)
  let underway = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++underway)
    await Bun.sleep(1)
    underway--
    if (Math.random() < 0.5) throw new Error("as it may")
  }
  await Promise.allSettled(Array.from({ length: 50 }, () => hashes.run({ address: "1.1.1.1" }, work)))
  expect([most, underway]).toEqual([2, 0])
  await hashes.run({ address: "1.1.1.1" }, async () => {})
})

test("from a flood of a thousand addresses in forty blocks one waits for one of each block at most, however full it is", async () => {
  const { served, refused, ask, end } = queue()
  for (let n = 0; n < 20_000; n++) ask("flood", { address: `198.51.${n % 40}.${n % 25}` })
  ask("ann", { address: "203.0.113.5" })
  await end(45)
  expect(served.indexOf("ann")).toBeWithin(2, 2 + 42)
  expect(refused).not.toContain("ann")
  expect(served.length + refused.length).toBeGreaterThan(19_800)
})

test("within a block each address has its turn", async () => {
  const { served, ask, end } = queue()
  for (let n = 0; n < 300; n++) ask("flood", { address: `198.51.100.${n % 25}` })
  ask("ann", { address: "198.51.100.200" })
  await end(30)
  expect(served.indexOf("ann")).toBeWithin(2, 29)
})

test("whoever has most waiting gives way when too many wait, the newest first; whoever came before keeps their place", async () => {
  const { refused, ask, end } = queue()
  for (let n = 0; n < 3; n++) ask(`ann ${n}`, { address: "203.0.113.5" })
  for (let n = 0; n < 300; n++) ask(`flood ${n}`, { address: `198.51.100.${n % 100}` })
  await end(3)
  expect(refused.length).toBe(101)
  expect(refused.filter((who) => who.startsWith("ann"))).toEqual([])
  expect(refused).toContain("flood 299")
  expect(refused).not.toContain("flood 5")
})

test("two hundred people behind one address all wait, and all are served in their order", async () => {
  const { served, refused, ask, end } = queue()
  const people = Array.from({ length: 200 }, (_, n) => `${n}`)
  for (const who of people) ask(who, { address: "203.0.113.5" })
  await end(200)
  expect([served, refused]).toEqual([people, []])
})

test("a browser that is known goes before all others; those of one account take turns with those of another", async () => {
  const { served, ask, end } = queue()
  for (let n = 0; n < 500; n++) ask("flood", { address: `198.51.${n % 40}.${n % 25}` })
  for (let n = 0; n < 50; n++) ask("mallory", known("mallory", `${n}`))
  ask("ann", known("ann"))
  await end(8)
  expect(served.indexOf("ann")).toBeWithin(2, 5)
  expect(served.slice(2)).toContain("flood") // the others are not forgotten for it
})
