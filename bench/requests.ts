// Requests over HTTP as fast as they are answered, on connections that stay: written once as bytes, and an answer is not
// read but looked at, so that the server is what is measured.
import { percentile } from "./row.ts"
import type { Server } from "./server.ts"

const WARM_UP = 1_000
const OK = Buffer.from("HTTP/1.1 200")

export type Asking = { path: string; cookie?: string; accept?: string; connections: number; seconds: number }

export type Answered = {
  /** Requests answered, a second, and a second of the server's processor time. */
  perSecond: number
  perProcessor: number
  p50: number
  p99: number
  /** Parts of one processor that the server used. */
  server: number
}

/** Each connection asks again when it is answered. Throws when an answer is not 200. */
export async function ask(server: Server, { path, cookie, accept, connections, seconds }: Asking): Promise<Answered> {
  const fields = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, `Accept: ${accept ?? "application/json"}`]
  if (cookie) fields.push(`Cookie: ${cookie}`)
  const request = Buffer.from(`${fields.join("\r\n")}\r\n\r\n`)
  let times: number[] = []
  let failed: string | null = null
  let asking = true

  const connect = () => {
    let asked = 0
    let left = 0
    return Bun.connect({
      hostname: "127.0.0.1",
      port: server.port,
      socket: {
        open(socket) {
          asked = performance.now()
          socket.write(request)
        },
        data(socket, chunk) {
          left = left > 0 ? left - chunk.length : lengthOf(chunk) - chunk.length
          if (left > 0) return
          if (left < 0 || Number.isNaN(left)) failed ??= chunk.toString()
          times.push(performance.now() - asked)
          if (!asking || failed !== null) return void socket.end()
          asked = performance.now()
          socket.write(request)
        },
      },
    })
  }
  await Promise.all(Array.from({ length: connections }, connect))
  await Bun.sleep(WARM_UP)
  times = []
  const before = { at: performance.now(), used: server.processorTime() }
  await Bun.sleep(seconds * 1000)
  const took = (performance.now() - before.at) / 1000
  const used = server.processorTime() - before.used
  const counted = times
  asking = false
  if (failed !== null) throw new Error(`${path}: ${failed}`)
  return {
    perSecond: counted.length / took,
    perProcessor: counted.length / used,
    p50: percentile(counted, 50),
    p99: percentile(counted, 99),
    server: used / took,
  }
}

/** Bytes of the whole answer that begins here; NaN when it is not an answer as expected. */
function lengthOf(chunk: Buffer): number {
  if (!OK.equals(chunk.subarray(0, OK.length))) return Number.NaN
  const head = chunk.indexOf("\r\n\r\n") + 4
  const [, length] = chunk.toString("latin1", 0, head).match(/\r\ncontent-length: (\d+)/i) ?? []
  return head + Number(length)
}
