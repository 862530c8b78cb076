// What the browser gives to the client's logic: time, chance, the network, a place to remember. It comes in as a value,
// so that a test can tell the time itself and cut the line where it hurts.

/** Cancels what was to happen later. Calling it again, or too late, does nothing. */
export type Cancel = () => void

export type Browser = {
  /** Milliseconds since 1970. */
  now(): number
  /** A number from 0 up to 1. */
  chance(): number
  after(ms: number, call: () => void): Cancel
  fetch(address: string, init?: RequestInit): Promise<Response>
  openSocket(address: string): WebSocket
  /** A hint, no more: a place on this very machine is reached without any network. */
  online(): boolean
  memory: Memory
}

/** The part of `localStorage` that is used. May refuse; then nothing is remembered and nothing breaks. */
export type Memory = {
  recall(key: string): string | null
  remember(key: string, value: string | null): void
}

/** Browsers take a longer wait for none at all. */
const LONGEST = 2 ** 31 - 1

export const thisBrowser = (): Browser => ({
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, LONGEST))
    return () => clearTimeout(timer)
  },
  fetch: (address, init) => fetch(address, init),
  openSocket: (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))),
  online: () => navigator.onLine,
  memory: storedMemory(),
})

/** Private windows and full disks refuse storage by throwing; a chat goes on without a memory. */
function storedMemory(): Memory {
  return {
    recall(key) {
      try {
        return localStorage.getItem(key)
      } catch {
        return null
      }
    },
    remember(key, value) {
      try {
        if (value === null) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
      } catch {
        // Not remembered, and that is all.
      }
    },
  }
}

/** Letters and digits that nobody guesses or gives twice. `crypto.randomUUID` is missing on plain-http origins; this is not. */
export const newNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
