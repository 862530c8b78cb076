// Connections for the fuzzer: one a request, which ends when it is answered, and sockets that stay.
import { connect, type Socket } from "node:net"

/** Milliseconds: for an answer to begin, on a busy machine; and for what never ends by itself to show that it began. */
const PATIENCE_MS = 20_000
const STREAM_MS = 30
const RAW_MS = 150
/** Bytes of an answer that are kept. */
const KEPT = 64 * 1024

export type Answer = { status: number | null; head: string; late: boolean }

const HANDSHAKE =
  "upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13"

function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on("error", () => {}) // it is seen by its end
  return socket
}

/** Sends it, and answers with what came back. `isRequest`: it is waited for until it is answered. */
export function exchange(url: string, bytes: Uint8Array, isRequest: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = open(url)
    let heard = Buffer.alloc(0)
    let late = false
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      const head = heard.toString("latin1")
      resolve({ status: Number(head.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0) || null, head, late })
    }
    const giveUp = () => {
      late = isRequest && heard.length === 0
      done()
    }
    let timer = setTimeout(giveUp, isRequest ? PATIENCE_MS : RAW_MS)
    socket.on("data", (data: Buffer) => {
      const isFirst = heard.length === 0
      if (heard.length < KEPT) heard = Buffer.concat([heard, data])
      if (
        !isFirst ||
        !/^HTTP\/1\.1 (101|200)[\s\S]*(text\/event-stream|x-accel-buffering|upgrade)/i.test(
          heard.toString("latin1", 0, 2_000),
        )
      )
        return
      clearTimeout(timer)
      timer = setTimeout(done, STREAM_MS)
    })
    socket.on("close", done)
    socket.write(bytes)
  })
}

/** A socket that somebody has open, whose frames are read as far as one has to. */
export class Line {
  closed = false
  code = 0
  readonly #socket: Socket
  #unread = Buffer.alloc(0)
  #began = false
  #texts: string[] = []

  constructor(url: string, path: string, cookie: string) {
    this.#socket = open(url)
    this.#socket.on("data", (data: Buffer) => this.#read(data))
    this.#socket.on("close", () => {
      this.closed = true
    })
    this.#socket.on("end", () => this.#socket.end())
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost:3000\r\ncookie: ${cookie}\r\n${HANDSHAKE}\r\n\r\n`)
  }

  write(bytes: Uint8Array): void {
    if (!this.closed) this.#socket.write(bytes)
  }

  /** Whether a text comes in which that stands. */
  async hears(words: string, patience = PATIENCE_MS): Promise<boolean> {
    for (const end = performance.now() + patience; performance.now() < end; ) {
      if (this.#texts.some((text) => text.includes(words))) return true
      if (this.closed) return false
      await Bun.sleep(1)
    }
    return false
  }

  forget(): void {
    this.#texts = []
  }

  end(): void {
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, data])
    if (!this.#began) {
      const end = this.#unread.indexOf("\r\n\r\n")
      if (end < 0) return
      this.#began = true
      this.#unread = this.#unread.subarray(end + 4)
    }
    for (;;) {
      if (this.#unread.length < 2) return
      const [first, second] = this.#unread as unknown as [number, number]
      let [length, from] = [second & 0x7f, 2]
      if (length === 126)
        [length, from] = [this.#unread.length < 4 ? Number.POSITIVE_INFINITY : this.#unread.readUInt16BE(2), 4]
      else if (length === 127)
        [length, from] = [
          this.#unread.length < 10 ? Number.POSITIVE_INFINITY : Number(this.#unread.readBigUInt64BE(2)),
          10,
        ]
      if (this.#unread.length < from + length) return
      const payload = this.#unread.subarray(from, from + length)
      if ((first & 0xf) === 1) this.#texts.push(payload.toString("utf8", 0, 4_000))
      if ((first & 0xf) === 8) this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      if (this.#texts.length > 1_000) this.#texts.splice(0, 500)
      this.#unread = this.#unread.subarray(from + length)
    }
  }
}
