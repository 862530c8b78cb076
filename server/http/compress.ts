// Pages and JSON go out compressed, the way their reader likes best. What streams is left alone: a compressor would
// hold an event back until it has enough of them. What is large is compressed by another thread, so that nobody waits for it.
import { brotliCompressSync, constants, createBrotliCompress, createGzip, gzipSync } from "node:zlib"
import type { MiddlewareHandler } from "hono"
import { laneOf } from "../turns.ts"
import { takes } from "./accept.ts"
import type { Answers } from "./answers.ts"
import type { Ask, Env } from "./env.ts"

/** Below this a compressed answer is no smaller on the wire. */
const WORTH_IT = 1_024
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
/** Up to here it is quick enough to do at once: a page takes 0.5 ms, and the way to another thread and back some 0.1 ms. This
 *  many bytes take 2 ms; the longest page there is takes 10. */
const LARGE = 96 * 1024
/** Handed to the other thread at a time: more at once held the event loop up, too. */
const PIECE = 32 * 1024

/** Pages that hold a link which lets in, beside what an address or a form put there: how long such a page is when it is packed
 *  tells, try by try, how much of the link one has guessed ("BREACH"). They go out as they are. */
const WITH_SECRETS = /^\/(welcome|register|join|password|place)(\/|$)/

/** What there is of them then is handed out as it is taken (answers.ts). */
export const compress =
  (answers: Answers): MiddlewareHandler<Env> =>
  async (context, next) => {
    await next()
    const { res, req } = context
    const type = res.headers.get("content-type") ?? ""
    if (!/^(text\/html|application\/json)/.test(type)) return
    if (res.headers.has("content-encoding") || res.headers.has("x-accel-buffering") || req.raw.method === "HEAD") return
    const encoding = encodingFor(context)
    // What a program is told of its command is short.
    if (!encoding && type.startsWith("application/json") && req.method !== "GET") return
    if (!res.body) return
    const plain = new Uint8Array(await res.arrayBuffer())
    const small = encoding && plain.length >= WORTH_IT ? await compressed(plain, encoding) : plain
    const headers = new Headers(res.headers)
    if (encoding) headers.append("vary", "accept-encoding")
    if (small !== plain) headers.set("content-encoding", encoding!)
    const body = answers.bodyOf(laneOf(context.get("caller")), small, req.raw.signal) // or it is refused
    context.res = undefined // or Hono merges the old headers into the new answer
    context.res = new Response(body, { status: res.status, headers })
  }

function encodingFor({ req, env }: Ask): "br" | "gzip" | undefined {
  const accepted = req.header("accept-encoding")
  if (accepted === undefined || WITH_SECRETS.test(env.asked.path)) return undefined
  return (["br", "gzip"] as const).find((one) => takes(accepted, one))
}

async function compressed(plain: Uint8Array, encoding: "br" | "gzip"): Promise<Uint8Array<ArrayBuffer>> {
  if (plain.length <= LARGE) return encoding === "br" ? brotliCompressSync(plain, BROTLI) : gzipSync(plain)
  const other = encoding === "br" ? createBrotliCompress(BROTLI) : createGzip()
  const parts: Uint8Array[] = []
  other.on("data", (part: Uint8Array) => parts.push(part))
  const done = new Promise((resolve, reject) => other.on("end", resolve).on("error", reject))
  const given = (async () => {
    for (let at = 0; at < plain.length; at += PIECE)
      await new Promise((taken) => other.write(plain.subarray(at, at + PIECE), taken))
    other.end()
  })()
  await Promise.all([done, given])
  return Buffer.concat(parts)
}
