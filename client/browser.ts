// What the browser gives to the client's logic: time, chance, the network, a place to remember. It comes in as a value,
// so that a test can tell the time itself and cut the line where it hurts.
import { ifThere } from "./patience.ts"

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
  /** Of this tab alone, and as long as it is. */
  session: Memory
}

/** The part of a `Storage` that is used. May refuse; then nothing is remembered and nothing breaks. */
export type Memory = {
  recall(key: string): string | null
  /** False when it was not kept. */
  remember(key: string, value: string | null): boolean
}

/** Browsers take a longer wait for none at all. */
const LONGEST = 2 ** 31 - 1

export const realTime: Pick<Browser, "after"> = {
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, LONGEST))
    return () => clearTimeout(timer)
  },
}

export const thisBrowser = (): Browser => ({
  ...realTime,
  now: () => Date.now(),
  chance: () => Math.random(),
  // The server never sends a program elsewhere: who does is another, and is not followed.
  fetch: (address, init) => fetch(address, { redirect: "manual", ...init }),
  openSocket: (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))),
  online: () => navigator.onLine !== false,
  memory: memoryIn(() => localStorage),
  session: memoryIn(() => sessionStorage),
})

/** Private windows and full disks refuse storage by throwing; a chat goes on without a memory. */
function memoryIn(storage: () => Storage): Memory {
  return {
    recall: (key) => ifThere(() => storage().getItem(key)) ?? null,
    remember(key, value) {
      try {
        if (value === null) storage().removeItem(key)
        else storage().setItem(key, value)
        return true
      } catch {
        return false
      }
    },
  }
}

/** The disk, where the browser has one for us. Some throw when they are only asked. */
export const ownDisk = (): IDBFactory | undefined => ifThere(() => window.indexedDB) ?? undefined

/** Letters and digits that nobody guesses or gives twice. `crypto.randomUUID` is missing on plain-http origins; this is not. */
export const newNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
