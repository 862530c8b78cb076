// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is changed is source text
// Builds of a place of several processes that are broken on purpose; see ../sabotages.ts. Much has two nets: Redis tells at
// once, and the clock is asked. A build that has lost one of them is only slow, so some of these have lost both.
import { controlsFor } from "../controls.ts"
import { in_, one, type Sabotage, whoAre } from "../sabotage-of.ts"
import { staying } from "./habits.ts"
import { brokenPostgres } from "./sabotages-of-postgres.ts"

const app = in_("server/app.ts")
const bus = in_("server/live/bus-redis.ts")
const hub = in_("server/live/hub.ts")
const follow = in_("server/follow.ts")
const group = in_("server/db/postgres/group.ts")
const post = in_("server/messages/post.ts")
const messages = in_("server/messages/rows.ts")
const rooms = in_("server/rooms/rows.ts")
const session = in_("server/people/session.ts")
const serve = in_("server/http/serve.ts")
const presence = in_("server/live/presence.ts")

/** The clock is asked only by who knows that the bus is dead. */
const trusting = app("if (app.bus.alive && ++pulses % CALM !== 0) return", "if (app.bus.alive) return")
const TELLS = "tell(line)\n"
const COMMIT = "const [, { command }] = await Promise.all([written, held`commit`])"

export const brokenClusters: Sabotage[] = [
  // The answer and the commit.
  one(
    "answers before Postgres has committed",
    "kill",
    group(
      COMMIT,
      `await written\n    for (const settle of settled.splice(0)) settle()\n    await Bun.sleep(30)\n    ${COMMIT}`,
    ),
  ),
  one(
    "tells the others before Postgres has committed",
    "kill",
    post("{ db }: App", "app: App"),
    post("return db.tx", "return app.db.tx"),
    post("return { answer: message,", "app.bus.publish(message)\n    return { answer: message,"),
  ),

  // The bus.
  whoAre(staying, one("asks the clock only when the bus is dead", "redis-losing", trusting)),
  whoAre(
    staying,
    one(
      "believes a bus that has gone deaf",
      "redis-deaf",
      trusting,
      bus("performance.now() - heardAt < SILENCE_MS", "heardAt > 0"),
      bus("idleTimeout: SILENCE_MS", "idleTimeout: 0"),
    ),
  ),
  whoAre(
    staying,
    one(
      "asks nothing when it is subscribed again",
      "redis-kicked",
      trusting,
      bus("await hub.heal().catch(logUnlessRefused) // what", "// what"),
    ),
  ),
  one("tells what comes late as it comes", "redis-reordering", hub("event.tick === this.#tick + 1", "event.tick > 0")),
  one("leaves out what was lost", "redis-losing", hub("event.tick === this.#tick + 1", "event.tick > this.#tick")),
  one(
    "tells twice what comes twice",
    "redis-repeating",
    hub(
      "if (event.tick <= this.#tick) return Promise.resolve()",
      "if (event.tick <= this.#tick) return Promise.resolve(this.#tellTopic(topicOf(event as Change), told(event as Change)))",
    ),
  ),
  one(
    "takes what another process told for the future",
    "redis-losing",
    follow("if (tick > hub.tick) await hub.heal()", "if (tick > hub.tick + 1e9) await hub.heal()"),
  ),

  // What ends.
  one(
    "ends a session in its own process",
    "signed-out",
    bus(TELLS, `if (event.kind !== "ended") ${TELLS}`),
    session("if (person !== null) return []", "if (person !== 0) return []"),
  ),
  one(
    "ends a session in its own process, without Redis",
    "signed-out-no-redis",
    session("if (person !== null) return []", "if (person !== 0) return []"),
  ),
  one(
    "ends a membership in its own process",
    "left",
    bus(TELLS, `if (!("present" in event && !event.present)) ${TELLS}`),
    rooms("and (cast(${person} as bigint) is null or", "and (cast(${person} as bigint) is null and m.present = 1 or"),
  ),
  one(
    "ends a membership in its own process, without Redis",
    "left-no-redis",
    rooms("and (cast(${person} as bigint) is null or", "and (cast(${person} as bigint) is null and m.present = 1 or"),
  ),

  one(
    "believes for ever who was with a process that died",
    "ghosts",
    presence("silence <= (other.leaving ? this.spans.grace : this.spans.lifetime)", "silence >= 0"),
  ),

  // Restarts, and the time of day.
  one(
    "goes without a word",
    "one-by-one",
    serve('hub.endAll("restart")', ""),
    serve("const DRAIN_MS = 5_000", "const DRAIN_MS = 200"),
  ),
  whoAre(
    { mouths: ["json", "form"], pause: 0, bursts: 0, patience: 10_000 },
    one(
      "cuts off whom it is answering",
      "rolling",
      serve("await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))])", "void drained"),
    ),
  ),
  whoAre(
    { burst: 30, bursts: 0.9, roams: 0.02 }, // more than a page shows
    one(
      "puts a room in the order of its clocks",
      "clocks",
      messages("order by id desc limit ${most + 1}", "order by at desc, id desc limit ${most + 1}"),
    ),
  ),

  ...brokenPostgres,
]

export const clusterControls = controlsFor(brokenClusters, "of several processes, ")
