// The wire formats of four older chats, each a further encoding of the same two doors: what was written for one of
// them goes on working here, and none of them can do what the others may not.
import { Hono } from "hono"
import type { App } from "../../app.ts"
import type { Env } from "../env.ts"
import { ajaxRoom } from "./ajax-room.tsx"
import { latestLines } from "./latest-lines.ts"
import { polledList } from "./polled-list.ts"
import { roomSocket } from "./room-socket.ts"

export function classic(app: App): Hono<Env> {
  const hono = new Hono<Env>()

  // A page that posts by a form and polls a list: its POST /chat/<room> is the room's own.
  hono.get("/chat/messages", polledList(app))

  // Lines of the last so many seconds.
  hono.on("GET", ["/api/latest-chat/:seconds{[0-9]+}/", "/api/latest-chat/:seconds{[0-9]+}"], latestLines(app))

  // A page that sends and fetches by one POST.
  hono.all("/post/", ajaxRoom(app))
  hono.all("/chat/:room/post/", ajaxRoom(app))

  // A room on a WebSocket.
  hono.on("GET", ["/ws/chat/:room/", "/ws/chat/:room"], roomSocket(app))
  return hono
}
