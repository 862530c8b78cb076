// A WebSocket client by hand, on a raw socket: it must be so much cheaper than the server that the server is what is
// measured. A frame is not read but looked at: its length, and its first few bytes.
import type { Socket } from "bun"

/** Bytes of a frame's payload that are there when it is heard of. */
const PEEK = 12
const TEXT = 0x81
const PING = 0x89

/** A frame's payload begins at `at` in `bytes` and has `length` bytes, of which the first few are there. */
export type Heard = (link: Link, bytes: Uint8Array, at: number, length: number) => void

export type Address = { port: number; path: string; cookie?: string }

export class Link {
  readonly #socket: Socket<undefined>
  readonly #heard: Heard
  #upgraded = false
  /** Bytes still to come of a frame that was heard of. */
  #left = 0
  /** The beginning of a frame, too short to be heard of. */
  #rest: Buffer | null = null
  isOpen = true

  private constructor(socket: Socket<undefined>, heard: Heard) {
    this.#socket = socket
    this.#heard = heard
  }

  static async open({ port, path, cookie }: Address, heard: Heard): Promise<Link> {
    let link: Link | undefined
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data(_, chunk) {
          if (link) link.#read(chunk)
        },
        close: () => {
          if (link) link.isOpen = false
        },
      },
    })
    link = new Link(socket, heard)
    const fields = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      ...(cookie ? [`Cookie: ${cookie}`] : []),
    ]
    socket.write(`${fields.join("\r\n")}\r\n\r\n`)
    return link
  }

  say(text: string): void {
    this.#socket.write(frame(TEXT, Buffer.from(text)))
  }

  close(): void {
    this.#socket.end()
  }

  #read(chunk: Buffer): void {
    let bytes = chunk
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, chunk])
      this.#rest = null
    }
    if (!this.#upgraded) {
      const end = bytes.indexOf("\r\n\r\n")
      if (end < 0) {
        this.#rest = bytes
        return
      }
      if (!bytes.subarray(0, 12).equals(Buffer.from("HTTP/1.1 101"))) throw new Error(bytes.toString())
      this.#upgraded = true
      bytes = bytes.subarray(end + 4)
    }
    this.#scan(bytes)
  }

  #scan(bytes: Buffer): void {
    const size = bytes.length
    let at = this.#left
    while (at < size) {
      const short = bytes[at + 1]! & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (size - at < head) break
      const length =
        short < 126 ? short : short === 126 ? (bytes[at + 2]! << 8) | bytes[at + 3]! : bytes.readUIntBE(at + 4, 6)
      if (size - at < head + Math.min(length, PEEK)) break
      const kind = bytes[at]
      if (kind === TEXT) this.#heard(this, bytes, at + head, length)
      else if (kind === PING) this.#socket.write(frame(0x8a, bytes.subarray(at + head, at + head + length)))
      at += head + length
    }
    this.#left = Math.max(0, at - size)
    this.#rest = at < size ? Buffer.from(bytes.subarray(at)) : null
  }
}

/** Clients must mask what they send; with a mask of zeros that changes nothing. */
function frame(kind: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = length < 126 ? [kind, 0x80 | length] : [kind, 0xfe, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}
