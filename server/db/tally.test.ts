import { expect, test } from "bun:test"
import { join } from "node:path"
import { Tally } from "./tally.ts"

test("each key is counted for itself, whether it is held in memory or lies in the file", () => {
  const tally = new Tally(2)
  const keys = ["ann", "bob", "cyd", "dan", "ann", "cyd", "cyd", "bob", "eve", "dan", "ann"]
  expect(keys.map((key) => tally.add(key))).toEqual([0, 0, 0, 0, 1, 1, 2, 1, 0, 1, 2])
  tally.close()
})

/** In a process of its own, where nothing else comes and goes: files that are open and gone, and strings in memory. */
const PROGRAM = `
  const { heapStats } = await import("bun:jsc")
  const { readdirSync, readlinkSync } = await import("node:fs")
  const { Tally } = await import(process.argv[1])
  const isGone = (one) => {
    try {
      return readlinkSync("/proc/self/fd/" + one).endsWith("(deleted)")
    } catch {
      return false // the one by which the folder is read
    }
  }
  const files = () => readdirSync("/proc/self/fd").filter(isGone).length
  const strings = () => (Bun.gc(true), heapStats().objectTypeCounts.string ?? 0)
  const key = (n) => String(n).padEnd(250, " of a file") // or they would all fit into the file's cache
  const tally = new Tally(1_000)
  const [there, held] = [files(), strings()]
  let again = 0
  for (let n = 0; n < 50_000; n++) again += tally.add(key(n))
  const found = { again, files: files() - there, held: strings() - held }
  found.known = [tally.add(key(7)), tally.add(key(49_999)), tally.add("another")]
  tally.close()
  found.left = files() - there
  console.log(JSON.stringify(found))
`

test("of very many keys few are in memory", () => {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", PROGRAM, join(import.meta.dirname, "tally.ts")])
  expect(stderr.toString()).toBe("")
  expect(JSON.parse(stdout.toString())).toEqual({
    again: 0,
    files: 1,
    held: expect.any(Number),
    known: [1, 1, 0],
    left: 0,
  })
  expect(JSON.parse(stdout.toString()).held).toBeWithin(500, 5_000)
})
