// What one may do is one for all processes. Somebody opens rooms at one of two until they are refused there; how long
// after that another process refuses them too, where they go on trying.
import { withDatabases, withProcesses } from "../cluster.ts"
import { peopleOf } from "../dialects.ts"
import { median, type Row, short } from "../row.ts"

const PEOPLE = 10
const REACH_MS = 1_000
/** Each try that is let through takes of what one may do: twenty rooms, within a second and more. */
const EVERY_MS = 60

export const limits: Row = {
  name: "limits",
  what: "somebody has used up at one of two processes what they may do: until the other refuses them",
  reach: `within ${REACH_MS / 1000} s`,
  async measure() {
    const took = await withDatabases((databases) =>
      withProcesses(
        2,
        databases,
        async ({ servers: [one, other], together }) => {
          const took: number[] = []
          for (const cookie of (await peopleOf(together)).slice(0, PEOPLE))
            took.push(await once(one!.origin, other!.origin, cookie))
          return took
        },
        { LIMITS: "" },
      ),
    )
    const slowest = Math.max(...took)
    return {
      measured: `within ${short(slowest)} ms`,
      met: slowest <= REACH_MS,
      notes: [`half of ${PEOPLE} within ${short(median(took))} ms`],
      numbers: { slowest, half: median(took) },
    }
  },
}

let opened = 0

async function once(one: string, other: string, cookie: string): Promise<number> {
  const open = async (origin: string) => {
    const headers = { cookie, "content-type": "application/json" }
    const body = JSON.stringify({ name: `room ${opened++}` })
    const { status } = await fetch(`${origin}/api/v1/rooms`, { method: "POST", headers, body })
    if (status !== 201 && status !== 429) throw new Error(`to open a room is answered with ${status}`)
    return status === 201
  }
  while (await open(one));
  const began = performance.now()
  for (let next = began + EVERY_MS; await open(other); next += EVERY_MS) await Bun.sleep(next - performance.now())
  return performance.now() - began
}
