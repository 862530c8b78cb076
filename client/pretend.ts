// For tests: a browser in which the test is time, chance and the network.
import type { Browser, Memory } from "./browser.ts"

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
      browser.asked.push({ address, init })
      return new Promise<Response>((resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")))
        Promise.try(() => browser.answer(address, init)).then(resolve, reject)
      })
    },
    openSocket(address) {
      const socket = pretendSocket(address)
      browser.sockets.push(socket)
      return socket
    },
    online: () => browser.isOnline,
    memory: pretendMemory(),
    async pass(ms) {
      await settle()
      for (const end = time + ms; ; ) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) {
          time = Math.max(time, end)
          return settle()
        }
        timers = timers.filter((timer) => timer !== next)
        time = Math.max(time, next.at)
        next.call()
        await settle()
      }
    },
    sleep(ms) {
      time += ms
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
    remember: (key, value) => void (value === null ? kept.delete(key) : kept.set(key, value)),
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
