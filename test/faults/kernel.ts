// What the system knows of a connection, without either end being asked: Linux tells it in /proc/net.
import { readFileSync } from "node:fs"

/** The rows of /proc/net/tcp: each end of a connection has one. */
function rows(): { here: number; there: number; isOwned: boolean }[] {
  const port = (address = "") => Number.parseInt(address.slice(-4), 16)
  return ["tcp", "tcp6"]
    .flatMap((file) => readFileSync(`/proc/net/${file}`, "utf8").trim().split("\n").slice(1))
    .map((line) => {
      const [, here, there, , , , , , , inode] = line.trim().split(/\s+/)
      return { here: port(here), there: port(there), isOwned: inode !== "0" }
    })
}

/** How many of these connections a process still holds open on the side of `here`. What the system alone sends to its end
 *  after a process has closed it has no owner. */
export function held(here: number, there: number[]): number {
  const ports = new Set(there)
  return rows().filter((row) => row.isOwned && row.here === here && ports.has(row.there)).length
}
