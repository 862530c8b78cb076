// Clients that ask again and again: the page of the polled list, and long polls, beside the least that the runtime
// can answer.
import { peopleOf } from "../dialects.ts"
import { type Answered, ask } from "../requests.ts"
import { median, type Row, short } from "../row.ts"
import { type Server, start, startParlour, withFolder, withServer } from "../server.ts"

const ROUNDS = 3
const ASKING = { connections: 16, seconds: 3 }
const LIST_REACH = 20_000
/** Requests a second of the Django original of the polled list on such a machine. */
const DJANGO = 340
const TIMES_DJANGO = 50
const MESSAGES = 12

/** Does the work where something has been said, with the runtime alone beside it. */
const onTalk = <Result>(work: (server: Server, cookie: string, bare: Server) => Promise<Result>) =>
  withFolder((folder) =>
    withServer(start({ command: [process.execPath, "bench/rivals/bare.ts"] }), (bare) =>
      withServer(startParlour(folder), async (server) => {
        const [cookie] = await peopleOf(server)
        const headers = { cookie: cookie!, "content-type": "application/json" }
        for (let i = 0; i < MESSAGES; i++)
          await fetch(`${server.origin}/api/v1/rooms/talk/messages`, {
            method: "POST",
            headers,
            body: JSON.stringify({ text: `Shall we meet at the harbour at ${i}?` }),
          })
        return work(server, cookie!, bare)
      }),
    ),
  )

function asking(name: string, what: string, path: string, reach: number | null): Row {
  return {
    name,
    what,
    reach: reach === null ? "" : `${short(reach)}/s on one core; ${TIMES_DJANGO} x the Django original's ${DJANGO}/s`,
    measure: () =>
      onTalk(async (server, cookie, bare) => {
        const found: Answered[] = []
        const least: Answered[] = []
        for (let round = 0; round < ROUNDS; round++) {
          least.push(await ask(bare, { ...ASKING, path: "/", cookie }))
          found.push(await ask(server, { ...ASKING, path, cookie }))
        }
        const of = (key: keyof Answered) => median(found.map((one) => one[key]))
        const perProcessor = of("perProcessor")
        const alone = median(least.map((one) => one.perProcessor))
        const times = reach === null ? "" : `, ${short(perProcessor / DJANGO)} x the original`
        return {
          measured: `${short(perProcessor)} requests a second of one core${times}`,
          met: reach === null ? null : perProcessor >= reach && perProcessor >= TIMES_DJANGO * DJANGO,
          notes: [
            `${short(of("perSecond"))} requests/s with ${short(of("server"))} processors, ${short(1e6 / perProcessor)} µs each, answered in ${short(of("p50"))} ms (p99 ${short(of("p99"))} ms)`,
            `Bun.serve answering one word: ${short(alone)} requests a second of one core`,
          ],
          numbers: { perProcessor, perSecond: of("perSecond"), p50: of("p50"), p99: of("p99"), bare: alone },
          plots: [
            {
              title: `Requests a second of one core: ${what}`,
              bars: [
                { name: "Bun.serve, one word", value: alone },
                { name: "Parlour", value: perProcessor },
                ...(reach === null ? [] : [{ name: "Django original", value: DJANGO }]),
              ],
            },
          ],
        }
      }),
  }
}

export const polledList = asking("list", "the polled list of ten, unchanged", "/chat/messages", LIST_REACH)
export const longPoll = asking("long-poll", "long polls that have nothing to wait for", "/events?wait=0", null)
