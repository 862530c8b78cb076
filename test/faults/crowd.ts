// Thousands of sockets in one process, as plain as can be: bytes in, the last tick out. It says on standard output how many
// are live, and how far the one has heard that has heard least. A line on standard input cuts all off at once; whoever is cut
// off comes back with the cursor.
import { randomBytes } from "node:crypto"
import type { Socket } from "bun"

type Settings = { url: string; cookie: string; size: number; after: string }
type Guest = { cursor: string; tick: number; live: boolean; socket: Socket | null }

const { url, cookie, size, after } = JSON.parse(process.env.CROWD ?? "{}") as Settings
const { hostname, port } = new URL(url)
const [epoch = "", tick = "0"] = after.split(".")
/** At once, so that the listening queue is not what is measured. */
const ABREAST = 200
/** The longest wait before one comes back: they are spread, as the client spreads them. */
const SPREAD_MS = 2_000

const guests: Guest[] = []
let opening = 0
const waiting: Guest[] = []

function come(guest: Guest): void {
  waiting.push(guest)
  next()
}

function next(): void {
  while (opening < ABREAST && waiting.length > 0) void enter(waiting.shift()!)
}

async function enter(guest: Guest): Promise<void> {
  opening++
  let greeted = false
  const greet = () => {
    if (greeted) return
    greeted = true
    opening--
    next()
  }
  const over = () => {
    greet()
    guest.live = false
    guest.socket = null
    setTimeout(() => come(guest), Math.random() * SPREAD_MS)
  }
  try {
    await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open(socket) {
          guest.socket = socket
          const key = randomBytes(16).toString("base64")
          socket.write(
            `GET /events?after=${guest.cursor} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nCookie: ${cookie}\r\n` +
              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
              `Sec-WebSocket-Key: ${key}\r\n\r\n`,
          )
        },
        data(_, bytes) {
          const text = bytes.toString("latin1")
          const ticks = [...text.matchAll(/"tick":(\d+)/g)]
          const heard = Number(ticks.at(-1)?.[1] ?? 0)
          if (heard > guest.tick) guest.tick = heard
          guest.cursor = `${epoch}.${guest.tick}`
          if (!text.includes('"kind":"live"')) return
          guest.live = true
          greet()
        },
        close: over,
        error: () => {},
      },
    })
  } catch {
    over()
  }
}

for (let n = 0; n < size; n++) {
  const guest = { cursor: after, tick: Number(tick), live: false, socket: null }
  guests.push(guest)
  come(guest)
}
setInterval(() => {
  const live = guests.filter((guest) => guest.live).length
  console.log(JSON.stringify({ live, lowest: Math.min(...guests.map((guest) => guest.tick)) }))
}, 50)
process.stdin
  .on("data", () => {
    for (const { socket } of guests) socket?.terminate() // a reset, as when the network goes
  })
  .on("end", () => process.exit(0))
