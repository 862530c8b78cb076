// For tests: a browser in which the test is time, chance and the network.
import type { Browser, Memory } from "./browser.ts"
import { byPoll } from "./poll.ts"
import { bySocket } from "./socket.ts"
import { byStream } from "./stream.ts"
import type { Transports } from "./ways.ts"

/** As the page has them, without the wait for those that are loaded later. */
export const transports: Transports = { socket: bySocket, stream: byStream, poll: byPoll }

/** Requests in one moment, and timers in one passing of time (so many, and one for each hundredth of a second), beyond which
 *  a test fails: a loop without end would take all the memory there is before anyone saw it. */
const MOST_AT_ONCE = 1_000

export type PretendSocket = WebSocket & {
  address: string
  said: Record<string, unknown>[]
  /** The server speaks. */
  tell(...frames: object[]): void
  /** The server, or something between, ends it. */
  drop(code?: number): void
}

export type Pretend = Browser & {
  /** Lets time pass, timers ring in their order, and promises settle in between. */
  pass(ms: number): Promise<void>
  /** As when the machine sleeps: time is gone and no timer rang. */
  sleep(ms: number): void
  /** Sets the clock forward or back. Timers do not care. */
  jump(ms: number): void
  sockets: PretendSocket[]
  /** What `fetch` was asked for. */
  asked: { address: string; init: RequestInit | undefined }[]
  /** What the network answers. Throw for a network that is gone; a promise that never settles for silence. */
  answer: (address: string, init?: RequestInit) => Response | Promise<Response>
  isOnline: boolean
  luck: number
}

export function pretendBrowser(): Pretend {
  let time = 1_000_000
  let clock = 0
  let timers: { at: number; call: () => void }[] = []
  let askedAtOnce = 0

  /** What asks without end is left without an answer, so that the test comes to where it fails. */
  const tooMuch = () => ++askedAtOnce > MOST_AT_ONCE

  function advance(to: number): void {
    if (to <= time) return
    time = to
    askedAtOnce = 0
  }

  function mustEnd(rung: number, ms: number): void {
    if (askedAtOnce > MOST_AT_ONCE) throw new Error("The server was asked without end")
    if (rung > MOST_AT_ONCE + ms / 10) throw new Error("Timers rang without end")
  }

  const browser: Pretend = {
    now: () => time + clock,
    chance: () => browser.luck,
    after(ms, call) {
      const timer = { at: time + ms, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async fetch(address, init) {
      if (tooMuch()) return new Promise<Response>(() => {})
      browser.asked.push({ address, init })
      return new Promise<Response>((resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")))
        Promise.try(() => browser.answer(address, init)).then(resolve, reject)
      })
    },
    openSocket(address) {
      if (tooMuch()) return pretendSocket(address)
      const socket = pretendSocket(address)
      browser.sockets.push(socket)
      return socket
    },
    online: () => browser.isOnline,
    memory: pretendMemory(),
    session: pretendMemory(),
    async pass(ms) {
      const end = time + ms
      await settle()
      for (let rung = 0; ; rung++) {
        mustEnd(rung, ms)
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter((timer) => timer !== next)
        advance(next.at)
        next.call()
        await settle()
      }
      advance(end)
      await settle()
      mustEnd(0, ms)
    },
    sleep(ms) {
      advance(time + ms)
    },
    jump(ms) {
      clock += ms
    },
    sockets: [],
    asked: [],
    answer: () => {
      throw new TypeError("Failed to fetch")
    },
    isOnline: true,
    luck: 0.5,
  }
  return browser
}

export function pretendMemory(): Memory {
  const kept = new Map<string, string>()
  return {
    recall: (key) => kept.get(key) ?? null,
    remember(key, value) {
      if (value === null) kept.delete(key)
      else kept.set(key, value)
      return true
    },
  }
}

function pretendSocket(address: string): PretendSocket {
  const socket = {
    address,
    readyState: 1,
    said: [] as Record<string, unknown>[],
    send: (frame: string) => void socket.said.push(JSON.parse(frame)),
    close: () => {
      socket.readyState = 3
    },
    tell: (...frames: object[]) => {
      for (const frame of frames)
        (socket as unknown as WebSocket).onmessage?.({ data: JSON.stringify(frame) } as MessageEvent)
    },
    drop: (code = 1006) => {
      socket.readyState = 3
      ;(socket as unknown as WebSocket).onclose?.({ code } as CloseEvent)
    },
  }
  return socket as unknown as PretendSocket
}

/** Lets every promise that can settle do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** An open stream of server-sent events, as the answer to a fetch. */
export function pretendStream(): { response: Response; tell(text: string): void; end(): void } {
  let controller: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given
    },
  })
  return {
    response: new Response(body, { headers: { "content-type": "text/event-stream" } }),
    tell: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
  }
}
