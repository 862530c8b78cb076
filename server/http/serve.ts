// The listening port: requests go to the routes, sockets to theirs, and what the hub tells goes out by the runtime's
// own publishing.
import type { Server } from "bun"
import type { App } from "../app.ts"
import { localAddress } from "../config.ts"
import { inBackground, logAccident } from "../log.ts"
import { askedOf } from "./asked.ts"
import { readClient } from "./assets.ts"
import { keepSpare } from "./descriptors.ts"
import { routes } from "./routes.ts"
import { type Connection, publisher, type SocketData, socketHandler } from "./socket.ts"
import { doorAt, stepAside } from "./step-aside.ts"

/** Seconds after which a connection on which nothing moves is closed. A quiet stream moves: it has a heartbeat. A reader that
 *  takes nothing does not. */
const IDLE = 60
/** How long those who are being answered have, when Parlour is asked to stop. */
const DRAIN_MS = 5_000

type Serving = { url: string; server: Server<SocketData>; stop(atOnce?: boolean): Promise<void> }

/** `reusePort` is for processes that share the port. */
export async function serve(app: App, idle = IDLE, reusePort = false): Promise<Serving> {
  const { config, hub } = app
  const { fetch } = routes(app, await readClient())
  const open = new Set<Connection>()
  const server = Bun.serve<SocketData>({
    port: config.port,
    hostname: config.host,
    reusePort,
    idleTimeout: idle,
    development: false, // or it would show whoever asks where in the code something broke
    error: broken,
    fetch: (request, server) => fetch(request, { server, asked: askedOf(request) }),
    websocket: socketHandler(app, open),
  })
  hub.publish = publisher(server, open)
  const door = doorAt(server.port ?? config.port)
  const leaveSpare = keepSpare(server, door)
  return {
    url: localAddress(config.host, server.port ?? config.port),
    server,
    /** Feeds are told to come back, requests under way are answered, nothing new is taken; or all of it is broken off at once. */
    async stop(atOnce = false) {
      leaveSpare()
      if (atOnce) return server.stop(true)
      app.checkup.stopping = true
      if (reusePort) await stepAside(door)
      const drained = server.stop() // before the farewells, so that nobody comes back to us
      hub.endAll("restart")
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))])
      await server.stop(true)
    },
  }
}

/** What breaks outside of the routes, where nothing should. */
function broken(error: Error): Response {
  logAccident("a request broke outside of the routes", error)
  return Response.json({ error: { code: "broken", message: "Something broke." } }, { status: 500 })
}

/** A socket in the file system, for the command line; answers how to close it. */
export function listenOnSocket(
  path: string,
  fetch: (request: Request) => Promise<Response>,
  maxRequestBodySize: number,
): () => void {
  const server = Bun.serve({ unix: path, fetch, maxRequestBodySize, development: false, error: broken })
  return () => inBackground(server.stop(true))
}
