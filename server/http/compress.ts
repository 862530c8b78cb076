// Pages and JSON go out compressed, the way their reader likes best. What streams is left alone: a compressor would
// hold an event back until it has enough of them.
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import type { MiddlewareHandler } from "hono"
import { takes } from "./accept.ts"
import type { Env } from "./env.ts"

/** Below this a compressed answer is no smaller on the wire. */
const WORTH_IT = 1_024
/** Quick enough to do at once: some 0.5 ms for a page. */
const QUALITY = 5

export const compress: MiddlewareHandler<Env> = async (context, next) => {
  await next()
  const { res, req } = context
  const type = res.headers.get("content-type") ?? ""
  if (
    !/^(text\/html|application\/json)/.test(type) ||
    res.headers.has("content-encoding") ||
    res.headers.has("x-accel-buffering")
  )
    return
  const encoding = (["br", "gzip"] as const).find((one) => takes(req.header("accept-encoding"), one))
  if (!encoding) return
  const plain = new Uint8Array(await res.arrayBuffer())
  const small = plain.length < WORTH_IT ? plain : encoding === "br" ? brotli(plain) : gzipSync(plain)
  const headers = new Headers(res.headers)
  headers.append("vary", "accept-encoding")
  if (small !== plain) headers.set("content-encoding", encoding)
  context.res = undefined // or Hono merges the old headers into the new answer
  context.res = new Response(small as Uint8Array<ArrayBuffer>, { status: res.status, headers })
}

const brotli = (plain: Uint8Array) =>
  brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } })
