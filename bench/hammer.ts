// One who asks for the same thing over and over, so many requests at a time: a process of its own, which tells in the end how
// each was answered. Its order comes as JSON.

import { asks, requestOf, type Subject, stray } from "../test/asks.ts"
import { root } from "./server.ts"

export type Order = {
  origin: string
  cookie: string
  /** As a proxy says it; of several each request comes from the next. */
  addresses: string[]
  /** A route, or a frame as it goes over a socket. */
  route?: string
  frame?: string
  subject: Subject
  atOnce: number
  seconds: number
}

/** In a process of its own, which gives way to what is measured; answers how many requests were answered in which way. */
export async function carryOut(order: Order): Promise<Counts> {
  const child = Bun.spawn(["nice", "-n", "15", process.execPath, "bench/hammer.ts", JSON.stringify(order)], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  return (await new Response(child.stdout).json()) as Counts
}

type Counts = Record<string, number>

async function hammerRoute({ origin, cookie, addresses, route, subject, atOnce, seconds }: Order): Promise<Counts> {
  const one = asks[route!] ?? stray[route!]!
  const counts: Counts = {}
  const end = performance.now() + seconds * 1_000
  let number = 0
  const signedIn = one.who === "person" ? { cookie } : {}
  const go = async () => {
    while (performance.now() < end) {
      const address = addresses[number % addresses.length]!
      const { path, init } = requestOf(route!, one, subject, number++)
      const asked = init.headers as Record<string, string>
      const headers = { "accept-encoding": "br", "x-forwarded-for": address, ...asked, ...signedIn }
      const outcome = await (one.headers?.upgrade
        ? join(origin + path, headers)
        : ask(origin + path, { ...init, headers }))
      counts[outcome] = (counts[outcome] ?? 0) + 1
    }
  }
  await Promise.race([Promise.all(Array.from({ length: atOnce }, go)), Bun.sleep(seconds * 1_000 + 500)])
  return counts
}

async function ask(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...init, decompress: false } as RequestInit).catch(() => null)
  await answer?.arrayBuffer().catch(() => null)
  return `${answer?.status ?? "no answer"}`
}

/** Joins the feed, and leaves when it has heard that it is live. */
const join = (url: string, headers: Record<string, string>): Promise<string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url.replace(/^http/, "ws"), { headers } as never)
    const done = (outcome: string) => {
      resolve(outcome)
      socket.close()
    }
    socket.onmessage = ({ data }) => /"live"|"message"/.test(`${data}`) && done("101")
    socket.onerror = () => done("refused")
    socket.onclose = () => done("closed")
  })

/** So many frames under way, on one socket that is opened again when it is closed. */
async function hammerFrame({ origin, cookie, atOnce, seconds }: Order, text: string): Promise<Counts> {
  const counts: Counts = {}
  const end = performance.now() + seconds * 1_000
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  while (performance.now() < end) {
    const socket = new WebSocket(`${origin.replace(/^http/, "ws")}/events`, { headers: { cookie } } as never)
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => socket.close(), Math.max(0, end - performance.now()))
      socket.onopen = () => {
        for (let i = 0; i < atOnce; i++) socket.send(text)
      }
      socket.onmessage = ({ data }) => {
        if (!/"ref"|"pong"|"error"/.test(`${data}`.slice(0, 40))) return
        count(/"error":\{"code":"(\w+)"/.exec(`${data}`)?.[1] ?? "answered")
        socket.send(text)
      }
      socket.onclose = ({ code }) => {
        clearTimeout(late)
        if (performance.now() < end) count(`closed ${code}`)
        resolve()
      }
    })
    await Bun.sleep(5)
  }
  return counts
}

if (import.meta.main) {
  const order = JSON.parse(process.argv[2]!) as Order
  const counts = await (order.frame === undefined ? hammerRoute(order) : hammerFrame(order, order.frame))
  console.log(JSON.stringify(counts))
  process.exit(0)
}
