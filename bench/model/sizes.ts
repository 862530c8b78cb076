// What to give a place of so many people. Said beside each figure is whether it was measured, or reckoned from what was.
import { short } from "../row.ts"
import { type Ask, bytesOut, memoryOf, processBusy, setupFor, storm } from "./bounds.ts"
import type { Constants } from "./measured.ts"
import { atMost, ofAYear } from "./use.ts"
import { bits, bytes, ms, table } from "./words.ts"

const PEOPLE = [100, 1_000, 10_000, 100_000, 1_000_000]
/** As many as one process on one file has had open at once here. */
const MEASURED = 18_000

export function sizesTable(c: Constants, { audience, distance }: { audience: number; distance: number }): string {
  const rows = PEOPLE.map((people) => {
    const ask: Ask = { connections: people, messages: atMost(people), audience, distance }
    const setup = setupFor(ask, c)
    const all = setup.places * setup.processes
    const back = people <= MEASURED ? (people * c.handshake) / 1e6 : storm(people, all, c).process
    const one = { ...ask, connections: people / setup.places, messages: ask.messages / setup.places }
    const busy = all * processBusy(one, setup.processes, c)
    return [
      short(people),
      `${short(ask.messages)}/s`,
      people <= MEASURED ? "one, on SQLite" : `${all}, on Postgres and Redis`,
      busy < 0.01 ? "under 0.01" : short(busy),
      bytes(memoryOf(ask, setup, c)),
      bytes(ofAYear(people) * c.row),
      bits(bytesOut(ask, c)),
      ms(back * 1000),
    ]
  })
  const heads = ["people online", "said in the busiest hour", "processes", "processors busy", "memory", "disk a year"]
  return table([...heads, "out", "all back after a restart"], rows)
}
