// Bits that are turned over on their way. Checksums below us catch nearly all of them; these have slipped through. Nobody can
// promise that the words are then the right ones. What is promised: whoever is answered is told what was really kept, the
// server stands, and nobody else notices.
import { follow, speak } from "./doors.ts"
import type { Fault } from "./fault.ts"
import { TcpProxy } from "./proxy.ts"
import type { Stage } from "./stage.ts"

const SAID_AT_ONCE = 20

export const corrupt: Fault<Stage> = {
  name: "corrupt",
  workers: 4,
  async strike(run) {
    const vandal = run.prepared.people.find(({ name }) => name === "gus")!
    run.vandals.add(vandal.name)
    const line = await TcpProxy.open()
    line.upstream = run.place.url
    const up = run.dice() < 0.7
    const flip = 200 + run.dice.upTo(1_500)
    line.climate = () => (up ? { up: { flip } } : { down: { flip } })
    run.did(`about every ${flip}th byte is turned over on its way ${up ? "up" : "down"}`)
    const outlet = { url: line.url, cookie: vandal.cookie, patience: 400 }
    const listening = follow.websocket({ ...outlet, after: await run.place.cursor() }, () => {})
    await Bun.sleep(100)
    const answers = await Promise.all(
      Array.from({ length: SAID_AT_ONCE }, (_, n) => {
        const words = { room: "talk", text: `gus mumbles ${n} ${run.dice()}`, nonce: `${run.dice()}` }
        const door = run.dice.among(["json", "websocket", "form"] as const)
        return speak[door](outlet, words, listening).catch(() => null) // no answer is no promise
      }),
    )
    listening.end()
    const rows = new Map((await run.place.rows()).map((row) => [row.id, row]))
    for (const answer of answers) {
      const row = rows.get(answer?.id ?? 0)
      if (up && answer?.id && row?.text !== answer.text)
        run.blame("O1", `what is there as "${row?.text}" was answered as "${answer.text}"`)
      if (up && row && row.author !== vandal.id) run.blame("O1", `"${row.text}" is there as someone else's`)
    }
    await line.close()
  },
}
