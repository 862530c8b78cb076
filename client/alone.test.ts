import { expect, test } from "bun:test"
import { aloneAmongTabs } from "./alone.ts"
import { pretendBrowser } from "./pretend.ts"

type Locks = NonNullable<Parameters<typeof aloneAmongTabs>[2]>

const never = () => new Promise<never>(() => {})
const NOTHING = { held: [], pending: [] }
const HELD = { held: [{ name: "outbox" }], pending: [] }

/** Runs a call by these locks; when it begins, and when it is over, in milliseconds. */
async function run(locks: Partial<Locks> | undefined, upTo = 60_000) {
  const browser = pretendBrowser()
  const began = browser.now()
  const times: number[] = []
  const alone = aloneAmongTabs(browser, "outbox", locks as Locks | undefined)
  let calls = 0
  const done = alone(async () => {
    calls++
    times.push(browser.now() - began)
  })
  let isOver = false
  void done.then(() => {
    isOver = true
  })
  for (let passed = 0; passed < upTo && !isOver; passed += 100) await browser.pass(100)
  return { at: times[0], calls, isOver }
}

test("with a lock that is free a call begins at once, and so without locks", async () => {
  const granted = {
    request: async (_: string, __: unknown, call: () => Promise<void>) => call(),
    query: async () => NOTHING,
  }
  expect(await run(granted as unknown as Locks)).toEqual({ at: 0, calls: 1, isOver: true })
  expect(await run(undefined)).toEqual({ at: 0, calls: 1, isOver: true })
})

test.each([
  ["never answers, nor says who has it", { request: never, query: never }, 2_000],
  ["never answers, and nobody has it", { request: never, query: async () => NOTHING }, 1_000],
  ["never answers, and cannot say who has it", { request: never, query: () => Promise.reject(new Error("no")) }, 1_000],
  ["refuses", { request: () => Promise.reject(new Error("no")), query: async () => NOTHING }, 0],
  [
    "throws",
    {
      request: () => {
        throw new Error("no")
      },
      query: async () => NOTHING,
    },
    0,
  ],
  ["is held by a tab that sleeps", { request: never, query: async () => HELD }, 21_000],
] as [string, Partial<Locks>, number][])(
  "a lock that %s holds nobody up for ever: the call begins, once",
  async (_, locks, at) => {
    expect(await run(locks)).toEqual({ at, calls: 1, isOver: true })
  },
)

test("a call that fails fails for who asked, and the lock is given back", async () => {
  let freed = false
  const request = async (_: string, __: unknown, call: () => Promise<void>) => {
    await call()
    freed = true
  }
  const alone = aloneAmongTabs(pretendBrowser(), "outbox", { request, query: async () => NOTHING } as unknown as Locks)
  await expect(alone(() => Promise.reject(new Error("no answer")))).rejects.toThrow("no answer")
  expect(freed).toBe(true)
})
