import { heapStats } from "bun:jsc"
import { expect, test } from "bun:test"
import { readdirSync, readlinkSync } from "node:fs"
import { Tally } from "./tally.ts"

test("each key is counted for itself, whether it is held in memory or lies in the file", () => {
  const tally = new Tally(2)
  const keys = ["ann", "bob", "cyd", "dan", "ann", "cyd", "cyd", "bob", "eve", "dan", "ann"]
  expect(keys.map((key) => tally.add(key))).toEqual([0, 0, 0, 0, 1, 1, 2, 1, 0, 1, 2])
  tally.close()
})

/** Strings that are in memory. */
function strings(): number {
  Bun.gc(true)
  return heapStats().objectTypeCounts.string ?? 0
}

const files = (): number =>
  readdirSync("/proc/self/fd").filter((one) => {
    try {
      return readlinkSync(`/proc/self/fd/${one}`).endsWith("(deleted)")
    } catch {
      return false // the one by which the folder is read
    }
  }).length

test("of very many keys few are in memory", () => {
  const tally = new Tally(1_000)
  const key = (n: number) => `${n}`.padEnd(250, " of a file") // or they would all fit into the file's cache
  const [there, held] = [files(), strings()]
  let again = 0
  for (let n = 0; n < 50_000; n++) again += tally.add(key(n))
  expect([again, files() - there]).toEqual([0, 1])
  expect(strings() - held).toBeWithin(500, 5_000)
  expect([tally.add(key(7)), tally.add(key(49_999)), tally.add("another")]).toEqual([1, 1, 0])
  tally.close()
  expect(files()).toBe(there)
})
