import { afterAll, expect, test } from "bun:test"
import { Hono } from "hono"
import { Refusal, statusOf } from "../../protocol/refusal.ts"
import { until } from "../../test/world.ts"
import { Answers } from "./answers.ts"
import { compress } from "./compress.ts"
import type { Env } from "./env.ts"

const MB = 1024 * 1024
const answers = new Answers()
const long = (bytes: number) => new Uint8Array(bytes).fill(0x61)
const forever = new AbortController().signal

/** More than the system takes for anybody, so that the rest waits for its reader. */
const server = Bun.serve({
  port: 0,
  development: false,
  fetch: (request) => {
    const { pathname } = new URL(request.url)
    const body = answers.bodyOf(pathname, long(3 * MB), request.signal)
    return request.method === "HEAD" ? new Response(null) : new Response(body)
  },
})
afterAll(() => server.stop(true))

test("what is short goes out as it is, and counts nothing", () => {
  const short = long(64 * 1024)
  expect(new Answers().bodyOf("ann", short, forever)).toBe(short)
})

test("of short ones, too, whoever has had two megabytes of them in ten seconds", async () => {
  let now = 0
  const [all, free] = [new Answers(true, () => now), new Answers(false)]
  const short = long(64 * 1024)
  const held = () =>
    Array.from({ length: 40 }, () => all.bodyOf("ann", short, forever)).filter((body) => body !== short)
  expect(held()).toHaveLength(8)
  expect(all.bodyOf("bob", short, forever)).toBe(short)
  expect(all.bytes).toBe(8 * 64 * 1024)
  now = 10_000
  const bodies = held() as ReadableStream<Uint8Array>[]
  expect(all.bytes).toBe(16 * 64 * 1024)
  for (const body of bodies) expect((await new Response(body).bytes()).length).toBe(short.length)
  expect(all.bytes).toBe(8 * 64 * 1024)
  for (let i = 0; i < 100; i++) expect(free.bodyOf("ann", short, forever)).toBe(short)
})

test("what is long comes whole, and is counted until it is taken", async () => {
  for (let i = 0; i < 5; i++) {
    const read = await (await fetch(`${server.url}ann`)).bytes()
    expect(Buffer.compare(read, long(3 * MB))).toBe(0)
  }
  expect(answers.bytes).toBe(0)
})

test("whoever leaves before it is taken holds nothing any more", async () => {
  const gone = new AbortController()
  const answer = await fetch(`${server.url}bob`, { signal: gone.signal })
  expect(answer.status).toBe(200)
  gone.abort()
  await until("it is let go", () => answers.bytes === 0)
})

test("nor does an answer whose reader is gone already", () => {
  const all = new Answers()
  all.bodyOf("ann", long(MB), AbortSignal.abort())
  expect(all.bytes).toBe(0)
})

test("one person leaves four megabytes untaken and no more, and the others are answered", async () => {
  const all = new Answers()
  const bodies = [1, 2, 3, 4].map(() => all.bodyOf("ann", long(MB), forever) as ReadableStream)
  expect(() => all.bodyOf("ann", long(MB), forever)).toThrow(Refusal)
  all.bodyOf("bob", long(MB), forever)
  await bodies[0]!.cancel()
  all.bodyOf("ann", long(MB), forever)
  expect(all.bytes).toBe(5 * MB)
})

test("whoever left too much untaken is refused in words, as anyone else is", async () => {
  const all = new Answers()
  const hono = new Hono<Env>()
  hono.onError((error, context) => {
    context.header("retry-after", "5")
    return context.json({ error }, error instanceof Refusal ? statusOf[error.code] : 500)
  })
  hono.use((context, next) => {
    context.set("caller", { person: { id: 1, name: "ann", role: "member" }, session: "s", address: "local" })
    return next()
  })
  hono.use(compress(all))
  hono.get("/", (context) => context.json({ text: "x".repeat(100_000) }))
  const ask = () => hono.request("/", {}, { asked: { path: "/" } })
  expect((await ask()).status).toBe(200)
  all.hold("person 1", 4 * MB - all.bytes)
  const refused = await ask()
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "5"])
  expect(await refused.json()).toEqual({
    error: { code: "slow_down", message: expect.stringContaining("not been taken") },
  })
})

test("of all together so much is held, and what has not been taken for longest gives way", async () => {
  let now = 0
  const all = new Answers(true, () => now)
  const whole = long(4 * MB)
  const first = all.bodyOf("first", whole, forever) as ReadableStream
  for (now = 1; now < 16; now++) all.bodyOf(`${now}`, whole, forever)
  expect(() => all.bodyOf("last", long(MB), forever)).toThrow(Refusal)
  now = 2_001
  all.bodyOf("last", long(MB), forever)
  expect(all.bytes).toBe(61 * MB)
  expect(first.getReader().read()).rejects.toThrow("not taken")
})
