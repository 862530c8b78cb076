// WebSocket frames, not read but looked at: their length and their first few bytes. What a server is measured by must
// cost far less than the server.

/** Bytes of a frame's payload that are there when it is looked at. */
const PEEK = 12
const TEXT = 0x81
const PING = 0x89
const PONG = 0x8a

/** A frame's payload begins at `at` in `bytes` and has `length` bytes, of which the first few are there. */
export type Look = (bytes: Uint8Array, at: number, length: number) => void

export type Address = { port: number; path: string; cookie?: string }

/** What opens a WebSocket. */
export function handshake({ port, path, cookie }: Address): string {
  const fields = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...(cookie ? [`Cookie: ${cookie}`] : []),
  ]
  return `${fields.join("\r\n")}\r\n\r\n`
}

/** Where the frames begin behind the answer to the handshake, or -1 while that is not all there. */
export function afterHandshake(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = text.indexOf("\r\n\r\n")
  if (end < 0) return -1
  if (!text.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) throw new Error(text.toString())
  return end + 4
}

export class Frames {
  /** Bytes still to come of a frame that was looked at. */
  #left = 0

  /** Looks at the frames that begin in the first `size` bytes. Answers from where on the bytes are to be kept, and to be
   *  put before what comes next, because a frame begins there of which too little is there. */
  look(bytes: Uint8Array, size: number, heard: Look, pinged: Look): number {
    let at = this.#left
    while (at < size) {
      const short = bytes[at + 1]! & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (size - at < head) break
      const length = short < 126 ? short : short === 126 ? (bytes[at + 2]! << 8) | bytes[at + 3]! : long(bytes, at + 4)
      if (size - at < head + Math.min(length, PEEK)) break
      if (bytes[at] === TEXT) heard(bytes, at + head, length)
      else if (bytes[at] === PING) pinged(bytes, at + head, length)
      at += head + length
    }
    this.#left = Math.max(0, at - size)
    return Math.min(at, size)
  }
}

const long = (bytes: Uint8Array, at: number) => Buffer.from(bytes.buffer, bytes.byteOffset + at, 6).readUIntBE(0, 6)

export const said = (text: string): Buffer => frame(TEXT, Buffer.from(text))
export const pong: (payload: Uint8Array) => Buffer = (payload) => frame(PONG, payload)

/** Clients must mask what they send; with a mask of zeros that changes nothing. */
function frame(kind: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = length < 126 ? [kind, 0x80 | length] : [kind, 0xfe, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}
