// The short run of the simulation: some thousands of seeds, each told the same way twice, and every broken build caught. In
// processes of their own, since builds are loaded once. `bin/simulate` runs it long.
import { expect, test } from "bun:test"
import { join } from "node:path"

const SEEDS = 1_000

async function simulate(...words: string[]): Promise<{ text: string; code: number }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "main.ts"), ...words], { stdout: "pipe" })
  const text = await new Response(child.stdout).text()
  return { text, code: await child.exited }
}

test("whatever comes between two steps, nothing is lost, repeated, out of order or overheard", async () => {
  const { text, code } = await simulate("--seeds", `${SEEDS}`, "--jobs", "2")
  expect(text).toMatch(new RegExp(`^ +${SEEDS} .* 0$`, "m"))
  expect(code, text).toBe(0)
}, 300_000)

test("a seed tells the same story each time", async () => {
  for (const seed of ["7", "201", "4832"]) {
    const [once, again] = await Promise.all([simulate("--seed", seed), simulate("--seed", seed)])
    expect(once.text.split("\n").length).toBeGreaterThan(40)
    expect(again.text).toBe(once.text)
  }
}, 60_000)

test("each broken build is caught", async () => {
  const { text, code } = await simulate("broken", "--jobs", "2")
  expect(text).not.toContain("NOT CAUGHT")
  expect(text).toMatch(/^(\d+) of \1 broken builds caught$/m)
  expect(code, text).toBe(0)
}, 300_000)
