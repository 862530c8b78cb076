// One set-up in full: how long things take in it, and how busy each of its parts is.
import { short } from "../row.ts"
import {
  type Ask,
  bytesOut,
  caseOf,
  memoryOf,
  mostPosts,
  PLACES_A_SERVER,
  SERVER_PROCESSORS,
  type Setup,
} from "./bounds.ts"
import type { Constants } from "./measured.ts"
import { simulate } from "./simulate.ts"
import { bits, bytes, percent, spread, table } from "./words.ts"

export function oneTable(ask: Ask, setup: Setup, c: Constants, seed: number): string {
  const report = simulate(caseOf(ask, setup), c, { seed, seconds: 5, warmUp: 1 })
  const { busy, answer, delivery, group } = report
  const simulated = Math.min(setup.places, PLACES_A_SERVER)
  const rows: [string, string][] = [
    ["places, on databases", `${setup.places}, on ${setup.databases}`],
    ["processes of each", `${setup.processes}`],
    ["said, answered a second", `${short(ask.messages)}, ${short((report.posts * setup.places) / simulated)}`],
    ["posts in a group", short(group)],
    ["answer p50, p99", spread(answer)],
    ["delivery p50, p99", spread(delivery)],
    ["the clock, of what it takes at most", percent(ask.messages / setup.places / mostPosts(c, setup.distance))],
    ["the clock's row is held", percent(busy.clock)],
    ["the busiest process", percent(busy.process)],
    ["Redis, of one processor", percent(busy.redis)],
    [`Postgres, of ${SERVER_PROCESSORS} processors`, percent(busy.postgres / SERVER_PROCESSORS)],
    ["the disk of a Postgres is flushing", percent(busy.disk)],
    ["memory of all processes, the kernel's part too", bytes(memoryOf(ask, setup, c))],
    ["going out", bits(bytesOut(ask, c))],
    ["log of Postgres", `${bytes(ask.messages * c.log)}/s`],
  ]
  return table(["what", "how much"], rows)
}
