// The transports of a page. Only the socket is there from the start: where sockets get through the others are never wanted, so they
// come with what is loaded later.
import type { Later } from "./later.ts"
import { bySocket } from "./socket.ts"
import type { Transport } from "./transport.ts"
import type { Transports } from "./ways.ts"

export const transportsOf = (later: () => Promise<Later>): Transports => ({
  socket: bySocket,
  stream: lazily(async () => (await later()).byStream),
  poll: lazily(async () => (await later()).byPoll),
})

/** One that did not come is one by which nothing is reached. */
const lazily =
  (load: () => Promise<Transport>): Transport =>
  (browser, from, listener) => {
    let line: ReturnType<Transport> | undefined
    let over = false
    load().then(
      (transport) => {
        if (!over) line = transport(browser, from, listener)
      },
      () => !over && listener.ended("unreachable"),
    )
    return {
      close() {
        over = true
        line?.close()
      },
      check: () => line?.check(),
    }
  }
