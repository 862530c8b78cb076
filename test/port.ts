// A port for a server of the tests, in Bun and in Node.
import { createServer } from "node:net"

/** Below those that the system gives out by itself, so that nobody takes it between our asking and our using it. */
const PORTS = { from: 20_000, to: 32_000 }

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
    const server = createServer().listen(port, "127.0.0.1")
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("listening", () => resolve(true)).once("error", () => resolve(false))
    })
    if (isFree) return new Promise((resolve) => server.close(() => resolve(port)))
  }
}
