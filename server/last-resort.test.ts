import { expect, test } from "bun:test"
import { join } from "node:path"

const FILE = join(import.meta.dirname, "last-resort.ts")

/** As a program of its own: in a test the runner would have caught it. */
async function program(code: string): Promise<{ out: string; err: string; status: number }> {
  const whole = `import { catchTheRest } from ${JSON.stringify(FILE)}\ncatchTheRest()\n${code}`
  const child = Bun.spawn([process.execPath, "-e", whole], { stdout: "pipe", stderr: "pipe" })
  const [out, err, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, status }
}

test.each([
  ["a promise that nobody waits for", 'void Promise.reject(new Error("lost"))', "a promise failed"],
  ["one that rejects with nothing", "void Promise.reject(undefined)", "a promise failed"],
  ["one whose reason cannot be written", "void Promise.reject(Object.create(null))", "a promise failed"],
  ["a timer", 'setTimeout(() => { throw new Error("lost") })', "a callback failed"],
  ["a microtask", 'queueMicrotask(() => { throw new Error("lost") })', "a callback failed"],
  ["a stack without end", "const deeper = (n) => deeper(n + 1) + 1\nsetTimeout(() => deeper(0))", "a callback failed"],
])("%s does not end the process, and is written down", async (_, code, words) => {
  const { out, err, status } = await program(`${code}\nsetTimeout(() => console.log("goes on"), 50)`)
  expect([out, status]).toEqual(["goes on\n", 0])
  expect(err).toContain(words)
})

test("however often, it is written down once", async () => {
  const { out, err } = await program(`
    for (let i = 0; i < 5_000; i++) void Promise.reject(new Error("lost " + i))
    setTimeout(() => console.log("goes on"), 200)`)
  expect(out).toBe("goes on\n")
  expect(err.match(/a promise failed/g)).toHaveLength(1)
})
