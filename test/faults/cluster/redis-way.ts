// The way from one process to Redis, as a proxy that understands what is said on it: of what Redis pushes to those who have
// subscribed, each piece can be lost, come twice, or come later than the next, while everything else passes.
import { TcpProxy } from "../proxy.ts"

/** What becomes of one push: the milliseconds after which each copy of it comes. None: it is lost. */
export type Mood = (push: { isBeat: boolean }) => number[]

const FINE: Mood = () => [0]
const PUSH = /^[>*]3\r\n\$7\r\nmessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n([\s\S]*)\r\n$/

export class RedisWay {
  readonly proxy: TcpProxy
  mood: Mood = FINE
  #subscribers: { deaf: boolean }[] = []

  private constructor(proxy: TcpProxy) {
    this.proxy = proxy
    proxy.reader = () => this.#read()
  }

  static async open(host: string, redis: string): Promise<RedisWay> {
    const proxy = await TcpProxy.open(host)
    proxy.upstream = redis
    return new RedisWay(proxy)
  }

  /** Nothing more comes to those who are subscribed now; their connections stay open. */
  deafen(): void {
    for (const one of this.#subscribers) one.deaf = true
    this.#subscribers = []
  }

  heal(): void {
    this.mood = FINE
    this.proxy.release()
  }

  #read() {
    const one = { deaf: false }
    let rest: Buffer = Buffer.alloc(0)
    let subscribed = false
    return (bytes: Buffer, send: (bytes: Buffer) => void) => {
      if (one.deaf) return
      rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
      for (let end = endOf(rest, 0); end > 0; end = endOf(rest, 0)) {
        const value = rest.subarray(0, end)
        rest = rest.subarray(end)
        const [, said] = value.toString("latin1").match(PUSH) ?? []
        if (said === undefined) {
          send(value)
          continue
        }
        if (!subscribed) this.#subscribers.push(one)
        subscribed = true
        for (const after of this.mood({ isBeat: !said.includes("\n") }))
          if (after === 0) send(value)
          else setTimeout(() => one.deaf || send(value), after)
      }
    }
  }
}

/** Where the value ends that begins at `from`, as RESP 2 and 3 have it; -1 while not all of it is there. */
function endOf(bytes: Buffer, from: number): number {
  const line = bytes.indexOf("\r\n", from)
  if (line < 0) return -1
  const kind = String.fromCharCode(bytes[from]!)
  const count = Number(bytes.toString("latin1", from + 1, line))
  let end = line + 2
  if (/[$=!]/.test(kind)) {
    if (count >= 0) end += count + 2
    return end <= bytes.length ? end : -1
  }
  const parts = /[*>~]/.test(kind) ? count : kind === "%" ? 2 * count : 0
  for (let i = 0; i < parts && end > 0; i++) end = endOf(bytes, end)
  return end
}
