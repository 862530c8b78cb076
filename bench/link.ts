// A WebSocket client by hand, on a raw socket, for those who speak: it hears of an answer at once.
import type { Socket } from "bun"
import { type Address, afterHandshake, Frames, handshake, pong, said } from "./frames.ts"

export type Heard = (link: Link, bytes: Uint8Array, at: number, length: number) => void

export class Link {
  readonly #socket: Socket<undefined>
  readonly #heard: Heard
  readonly #frames = new Frames()
  #upgraded = false
  #rest: Uint8Array | null = null
  isOpen = true

  private constructor(socket: Socket<undefined>, heard: Heard) {
    this.#socket = socket
    this.#heard = heard
  }

  static async open(address: Address, heard: Heard): Promise<Link> {
    let link: Link | undefined
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: address.port,
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
    socket.write(handshake(address))
    return link
  }

  say(text: string): void {
    this.#socket.write(said(text))
  }

  close(): void {
    this.#socket.end()
  }

  #read(chunk: Uint8Array): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = null
    if (!this.#upgraded) {
      const begin = afterHandshake(bytes)
      if (begin < 0) {
        this.#rest = bytes
        return
      }
      this.#upgraded = true
      bytes = bytes.subarray(begin)
    }
    const heard = (bytes: Uint8Array, at: number, length: number) => this.#heard(this, bytes, at, length)
    const pinged = (bytes: Uint8Array, at: number, length: number) =>
      void this.#socket.write(pong(bytes.subarray(at, at + length)))
    const kept = this.#frames.look(bytes, bytes.length, heard, pinged)
    if (kept < bytes.length) this.#rest = Buffer.from(bytes.subarray(kept))
  }
}
