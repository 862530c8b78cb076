// The wire formats of four older chats, as further encodings of the same two doors.
import { Hono } from "hono"
import type { App } from "../../app.ts"
import type { Env } from "../env.ts"

export function classic(_app: App): Hono<Env> {
  return new Hono<Env>()
}
