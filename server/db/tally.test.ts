import { expect, test } from "bun:test"
import { readdirSync, readlinkSync } from "node:fs"
import { Tally } from "./tally.ts"

test("each key is counted for itself, whether it is held in memory or lies in the file", () => {
  const tally = new Tally(2)
  const keys = ["ann", "bob", "cyd", "dan", "ann", "cyd", "cyd", "bob", "eve", "dan", "ann"]
  expect(keys.map((key) => tally.add(key))).toEqual([0, 0, 0, 0, 1, 1, 2, 1, 0, 1, 2])
  tally.close()
})

test("of hundreds of thousands of keys few are in memory", () => {
  const tally = new Tally(1_000)
  const files = () =>
    readdirSync("/proc/self/fd").filter((one) => {
      try {
        return /\(deleted\)/.test(readlinkSync(`/proc/self/fd/${one}`))
      } catch {
        return false // the one by which the folder is read
      }
    }).length
  const [before, memory] = [files(), process.memoryUsage.rss()]
  let again = 0
  for (let n = 0; n < 300_000; n++) again += tally.add(`a line of a file, number ${n}, as long as a hash`)
  expect(again).toBe(0)
  expect(files() - before).toBe(1)
  expect(process.memoryUsage.rss() - memory).toBeLessThan(48 * 1024 * 1024)
  expect([tally.add("a line of a file, number 7, as long as a hash"), tally.add("another")]).toEqual([1, 0])
  tally.close()
  expect(files()).toBe(before)
})
