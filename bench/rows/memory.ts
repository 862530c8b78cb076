// What Parlour holds of the machine's memory when nothing happens and one person has looked at a room.
import { peopleOf } from "../dialects.ts"
import { megabytes, type Row } from "../row.ts"
import { startParlour, withFolder, withServer } from "../server.ts"

const SETTLING = 3_000
const REACH = 70e6

export const memory: Row = {
  name: "memory",
  what: "memory at rest",
  reach: `under ${REACH / 1e6} MB`,
  measure: () =>
    withFolder((folder) =>
      withServer(startParlour(folder), async (server) => {
        const [cookie] = await peopleOf(server)
        await fetch(`${server.origin}/chat/talk/`, { headers: { cookie: cookie! } })
        await Bun.sleep(SETTLING)
        const rest = server.memory()
        return { measured: megabytes(rest), met: rest < REACH, numbers: { rest } }
      }),
    ),
}
