// A room as it is written elsewhere: by its address, or a message's, as one copies it from here.
import { parseAddress } from "../../protocol/address.ts"
import { type Asked, isOurHost, parsed } from "./asked.ts"

/** `message` is "" where the address is the room's own. */
export type Pasted = { room: string; message: string }

const ADDRESS = /^(https?:\/\/|\/)/i
const OF_ROOM = /^\/chat\/([^/]+)(?:\/(\d{1,15})?)?\/?$/

/** What an address of this place leads to, or null: another place may have a room of the same name. `from`: the host by which one
 *  is here. */
export function pastedRoom(typed: string, from: Asked["host"], publicUrl: string | null): Pasted | null {
  if (!from || !ADDRESS.test(typed)) return null
  const url = parseAddress(typed, from.origin)
  const host = url && parsed(url.origin)
  if (!host || !isOurHost(host, publicUrl)) return null
  if (publicUrl === null && host.port !== from.port) return null // what is near goes by many names, and has many ports
  const [, room, message = ""] = OF_ROOM.exec(url.pathname) ?? []
  const name = room && decoded(room)
  return name ? { room: name, message } : null
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null // it leads nowhere
  }
}
