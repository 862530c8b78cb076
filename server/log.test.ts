import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { Refusal } from "../protocol/refusal.ts"
import { logged } from "../test/world.ts"
import { accidentLog, logUnlessRefused } from "./log.ts"

const failed = (words: string) => new TypeError(words)

test("what went wrong in the same way is written down once, and how often when the span is over", async () => {
  const lines: string[] = []
  const log = accidentLog((line) => lines.push(line), 30)
  for (let i = 0; i < 1_000; i++) log(`request 7-${i}: GET /place`, failed(`of ${i} kinds`))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^request 7-0: GET \/place: TypeError: of 0 kinds\n\s+at .*log\.test\.ts/)
  await Bun.sleep(60)
  expect(lines.slice(1)).toEqual(["Once more, 999 times: request 7-999: GET /place"])
  log("request 8-1: GET /place", failed("again"))
  expect(lines).toHaveLength(3)
})

test("two things that the database refuses in two places are two accidents", () => {
  const lines: string[] = []
  const log = accidentLog((line) => lines.push(line))
  using database = new Database(":memory:")
  const refused = (error: unknown) => log("something in the background failed", error)
  for (let i = 0; i < 2; i++) {
    try {
      database.run("select * from nowhere")
    } catch (error) {
      refused(error)
    }
    try {
      database.run("this is no statement")
    } catch (error) {
      refused(error)
    }
  }
  expect(lines.map((line) => line.match(/SQLiteError: .*/)?.[0])).toEqual([
    "SQLiteError: no such table: nowhere",
    'SQLiteError: near "this": syntax error',
  ])
})

test("nobody fills the log, in however many ways they make it fail", async () => {
  const lines: string[] = []
  const log = accidentLog((line) => lines.push(line), 30)
  for (let i = 0; i < 1_000; i++)
    log(
      `way ${"abcdefghij"[i % 10]}${"klmnopqrst"[((i / 10) % 10) | 0]}${"uvwxyzABCD"[(i / 100) | 0]}`,
      `${"x".repeat(i)}`,
    )
  expect(lines.length).toBe(50)
  await Bun.sleep(60)
  expect(lines.at(-1)).toBe("Of 950 more things that went wrong there was no room to tell.")
})

test("one accident is so long and no longer, whatever it is", () => {
  const lines: string[] = []
  const log = accidentLog((line) => lines.push(line))
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const odd of [
    failed("y".repeat(100_000)),
    null,
    undefined,
    Object.create(null),
    circle,
    "z".repeat(100_000),
    Symbol("s"),
  ])
    log(`of kind ${lines.length > 0 ? "abcdefgh"[lines.length] : "a"}`, odd)
  expect(lines).toHaveLength(7)
  for (const line of lines) expect(line.length).toBeLessThan(3_100)
})

test("what somebody sent tells no terminal anything, and turns no line about", () => {
  const lines: string[] = []
  const log = accidentLog((line) => lines.push(line))
  log("request 1-1: GET /place", failed("a\u001b[31mb\u009b31mc\rd\u202ee\u2066f\u2028g\u0007"))
  expect(lines[0]).toContain("TypeError: a\ufffd[31mb\ufffd31mc\ufffdd\ufffde\ufffdf\ufffdg\ufffd\n")
})

test("a refusal is no accident", async () => {
  expect(await logged(async () => logUnlessRefused(new Refusal("try_again", "Later.")))).toEqual([])
})
