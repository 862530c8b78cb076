// What Parlour holds of the machine's memory when nothing happens. What the system's kernel keeps a socket is not in it.
import { parlour } from "../dialects.ts"
import { Link } from "../link.ts"
import { kibibytes, megabytes, type Row } from "../row.ts"
import { startParlour, withFolder, withServer } from "../server.ts"

const SOCKETS = 5_000
const CONNECTING_AT_ONCE = 50
const SETTLING = 3_000
const REST_REACH = 70e6
const SOCKET_REACH = 10 * 1024

export const memory: Row = {
  name: "memory",
  what: "memory at rest; per idle WebSocket",
  reach: "under 70 MB; under 10 KiB",
  measure: () =>
    withFolder((folder) =>
      withServer(startParlour(folder), async (server) => {
        const seats = await parlour.seats(server, SOCKETS)
        await fetch(`${server.origin}/chat/talk/`, { headers: { cookie: seats[0]!.cookie! } })
        await Bun.sleep(SETTLING)
        const rest = server.memory()

        const links: Link[] = []
        let live = 0
        const isOpen = async (seat: (typeof seats)[number]) => {
          const link = await Link.open({ port: server.port, ...seat }, (_, bytes, at, length) => {
            if (parlour.isReady(bytes, at, length)) live++
          })
          links.push(link)
        }
        for (let i = 0; i < SOCKETS; i += CONNECTING_AT_ONCE)
          await Promise.all(seats.slice(i, i + CONNECTING_AT_ONCE).map(isOpen))
        await Bun.sleep(SETTLING)
        const each = (server.memory() - rest) / SOCKETS
        const allLive = live === SOCKETS && links.every((link) => link.isOpen)
        for (const link of links) link.close()
        return {
          measured: `${megabytes(rest)}; ${kibibytes(each)}`,
          met: rest < REST_REACH && each < SOCKET_REACH && allLive,
          notes: [`${live} of ${SOCKETS} sockets were live`],
          numbers: { rest, each, live },
        }
      }),
    ),
}
