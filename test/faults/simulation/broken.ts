// The simulation, simulated wrong: builds that are broken on purpose, each of which must be caught within so many seeds. Most
// are those of the whole runs; what only a power cut, a file or a transport can show is left to them.
import { type Sabotage, sabotages } from "../sabotages.ts"

const names = [
  "no nonce",
  "nonces shared by all authors",
  "swaps the order in a group",
  "takes the tick before the transaction",
  "never looks for what the bus lost",
  "ignores gaps",
  "tells repeats",
  "no merge at the seam",
  "replays its memory from one too early",
  "believes the rooms as they were read",
  "tells all rooms at the seam",
  "catches up from one too late",
  "catches up to one too early",
  "catches up on rooms one is not in",
  "forgets joinings when catching up",
  "membership as it was at the start",
  "leaving closes nothing",
  "tells what is said to the whole place",
  "leaving is written and not ticked",
  "the end of a session ends nothing",
  "ignores the epoch",
  "believes a cursor from the future",
  "resets whoever comes back",
  "an epoch has no end",
  "every start forks",
  "a restored backup keeps its epoch",
  "drops what the slow cannot take",
]

const own: Sabotage[] = [
  of("a refusal counts as done", "server/db/sqlite/sqlite.ts", [
    ["reject(unwritable(error) ?? error)", 'resolve({ answer: { id: 1, text: "" }, changes: [] })'],
  ]),
  of("publishes before the commit", "server/messages/post.ts", [
    ["{ db }: App", "app: App"],
    ["return db.tx", "return app.db.tx"],
    ["return { answer: message,", "app.bus.publish(message)\n    return { answer: message,"],
  ]),
  of("reads on the writer's connection", "server/db/sqlite/sqlite.ts", [
    ["sql: read.sql", "sql: write.sql"],
    ["if (!writer.inTransaction) throw new", "if (!writer) throw new"],
  ]),
  of("answers before the disk has it", "server/db/sqlite/sqlite.ts", [
    ["    const isOnDisk = await", "    for (const say of settle.splice(0)) say()\n    const isOnDisk = await"],
  ]),
  of("shows readers what is not on disk", "server/db/sqlite/sqlite.ts", [["      view.hold()\n", ""]]),
  of("forgets a hub's memory at once", "server/live/hub.ts", [
    ["if (first === undefined || first > seen + 1) return null", "if (first === undefined) return []"],
  ]),
  of("one failed repair is the last", "server/live/hub.ts", [
    ["this.#last = mine.catch(() => {})", "this.#last = mine"],
  ]),
  of("forgets what came early when its turn has come", "server/live/hub.ts", [
    [
      "next = this.#early.take(this.#tick + 1)) this.#tell(next.event, next.json)",
      "next = this.#early.take(this.#tick + 1))\n      if (next === first) this.#tell(next.event, next.json)\n      else this.#tick = next.event.tick",
    ],
  ]),
  of("tells what came early before what is missing", "server/live/early.ts", [
    [
      "const one = this.#kept.get(tick)",
      "const one = this.#kept.values().next().value\n    tick = one?.event.tick ?? tick",
    ],
  ]),
  of("leaves its feeds behind", "server/live/hub.ts", [
    ["dismiss(feed: Feed): void {\n    drop(this.#arriving, feed.person, feed)", "dismiss(feed: Feed): void {"],
  ]),
  of("tells what it missed for ever", "server/follow.ts", [
    ["if (upTo - after > WIDEST_GAP) return false", ""],
    ["return left >= 0\n", "return true\n"],
  ]),
]

function of(name: string, file: string, changes: [from: string, to: string][]): Sabotage {
  return { name, by: "simulation", changes: changes.map(([from, to]) => ({ file, from, to })) }
}

export const broken: Sabotage[] = [
  ...names.map((name) => {
    const known = sabotages.find((one) => one.name === name)
    if (!known) throw new Error(`There is no sabotage called "${name}" any more`)
    return known
  }),
  ...own,
]
