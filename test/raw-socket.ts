// A connection as bytes: for what no library would send.
import { connect } from "node:net"
import type { Visitor } from "./world.ts"

const KEY = "dGhlIHNhbXBsZSBub25jZQ=="

/** Opens one, and shakes hands for `path` if it is somebody's. */
export async function rawSocket(who: Visitor | null, path: string) {
  const { hostname, port } = new URL(who?.url ?? path)
  const socket = connect(Number(port), hostname)
  let closed = false
  let heard = Buffer.alloc(0)
  socket.on("data", (data: Buffer) => {
    if (heard.length < 1_000_000) heard = Buffer.concat([heard, data])
  })
  socket.on("error", () => {}) // it is told as closed
  socket.on("end", () => socket.end())
  socket.on("close", () => {
    closed = true
  })
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()).once("close", () => resolve()))
  if (who) {
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncookie: ${who.cookie}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-key: ${KEY}\r\nsec-websocket-version: 13\r\n\r\n`,
    )
    while (!closed && !heard.includes("\r\n\r\n")) await Bun.sleep(1)
  }
  return {
    get closed() {
      return closed
    },
    get heard() {
      return heard
    },
    write: (bytes: string | Uint8Array) => void (closed || socket.write(bytes)),
    end: () => socket.destroy(),
    frame,
  }
}

/** A masked frame, whatever it is: `fin` ends a message. */
export function frame(opcode: number, data: Uint8Array, fin = true, claimed = data.length): Buffer {
  const head = [(fin ? 0x80 : 0) | opcode]
  if (claimed < 126) head.push(0x80 | claimed)
  else if (claimed < 65_536) head.push(0x80 | 126, claimed >> 8, claimed & 0xff)
  else {
    head.push(0x80 | 127)
    for (let shift = 56; shift >= 0; shift -= 8) head.push(Math.floor(claimed / 2 ** shift) & 0xff)
  }
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), data])
}
