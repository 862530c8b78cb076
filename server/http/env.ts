// What every route can reach besides the request: the server under it, and who asks.
import type { Server, SocketAddress } from "bun"
import type { Context } from "hono"
import type { Caller } from "../caller.ts"
import type { Turn } from "../turns.ts"
import type { Asked } from "./asked.ts"
import type { Came } from "./cookies.ts"
import type { SocketData } from "./socket.ts"

export type Env = {
  Bindings: { server: Server<SocketData>; asked: Asked }
  Variables: {
    caller: Caller
    /** A session's cookie came along, and no session of it stands. */
    wasIn: boolean
    request: string
    peer: SocketAddress | null
    /** By which the session was found. */
    cookie: Came | null
    /** Where the request came from, as the limits count it. The system is asked only if it matters. */
    address: () => string
    /** Begins to read what was sent, or goes on; and whether it was answered before it had come. */
    body: (() => Promise<ArrayBuffer>) | undefined
    isUnfinished: true | undefined
    turn: Turn | undefined
    /** What is answered to this command was read after it; and it is a feed that is answered, which looks for itself who stands. */
    hasRead: true | undefined
    isFeed: true | undefined
    /** So many bytes of a body have come: waits until they may be looked at. */
    toLookAt: ((bytes: number) => Promise<void>) | undefined
    again: (<Result>(work: () => Promise<Result>) => Promise<Result>) | undefined
  }
}
export type Ask = Context<Env>

/** The other end of the connection. */
export const peerOf = (context: Ask): SocketAddress | null =>
  context.get("peer") ?? context.env.server.requestIP(context.req.raw)

/** What is looked at in passing: it waits for nothing, and throws a refusal. */
export type Check = (context: Ask) => void
