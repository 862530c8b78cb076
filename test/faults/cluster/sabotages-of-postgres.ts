// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is changed is source text
// Builds that are broken in what they make of Postgres; see sabotages.ts.
import { in_, one, type Sabotage, whoAre } from "../sabotage-of.ts"
import { staying } from "./habits.ts"

const app = in_("server/app.ts")
const group = in_("server/db/postgres/group.ts")
const migrate = in_("server/db/postgres/migrate.ts")
const outOfReach = in_("server/db/postgres/out-of-reach.ts")
const postgres = in_("server/db/postgres/postgres.ts")
const primary = in_("server/db/postgres/primary.ts")
const sound = in_("server/db/postgres/sound.ts")
const timeline = in_("server/db/postgres/timeline.ts")
const post = in_("server/messages/post.ts")
const rows = in_("server/messages/rows.ts")

const NONCE = "where author = ${author} and nonce = ${nonce}"
const NO_PRIMARY = 'if (lineage === null) throw new OutOfReach("a standby answers, and no primary")'
const BELIEVES = "if (lineage === null) {\n      connection.lineage = this.#history.lineage\n      return\n    }"
const DECLINES = "for (const { reject } of group ?? waiting.splice(0)) reject(error)"
const ISOLATION = 'default_transaction_isolation: "read committed",'
const CAREFUL = 'if (fsync === "on" && level !== "off" && level !== "local") return null'

export const brokenPostgres: Sabotage[] = [
  // The clock.
  one("does not lock the clock", "nothing", group("from clock where id = 1 for update", "from clock where id = 1")),
  one(
    "takes ticks from a sequence",
    "nothing",
    migrate(
      "insert into clock (id, tick) values (1, 0)",
      "create sequence if not exists ticks increment by 30 start 1000`\n  await held`insert into clock (id, tick) values (1, 0)",
    ),
    group("select tick from clock where id = 1 for update", "select nextval('ticks') as tick"),
    group("update clock set tick = ${clock.tick}", "update clock set tick = greatest(tick, ${clock.tick})"),
  ),

  // The COMMIT.
  one("no nonce on Postgres", "postgres-commit", post("${nonce ?? null})", "${null})")),
  one("breaks at a nonce that it has", "postgres-commit", rows(NONCE, `${NONCE} and 1 = 0`)),
  one(
    "answers a commit that was lost as if it were done",
    "postgres-commit",
    postgres(
      DECLINES,
      "for (const { resolve } of group ?? waiting.splice(0)) resolve({ answer: { id: 1 }, changes: [] })",
    ),
  ),
  one(
    "refuses for ever what may have been done",
    "postgres-commit",
    outOfReach(
      '"try_again",\n    "Parlour cannot reach its database just now, so',
      '"invalid",\n    "Parlour cannot reach its database just now, so',
    ),
  ),
  one(
    "undoes what went before in a group, for one that fails",
    "postgres-no-room",
    group("const begun = Number(row.tick)", "const begun = Number(row.tick)\n    await held`savepoint whole`"),
    group("rollback to part", "rollback to whole"),
  ),

  // The server.
  one(
    "answers what Postgres has not on disk",
    "postgres-kill",
    primary(ISOLATION, `${ISOLATION}\n        synchronous_commit: "off",`),
    sound(CAREFUL, "if (fsync) return null"),
  ),
  one(
    "keeps a connection that is lost",
    "postgres-cut-off",
    primary("!this.#writer || !this.#isGood(this.#writer)", "!this.#writer"),
  ),
  one(
    "waits for a lock as long as it takes",
    "postgres-locked",
    primary("lock_timeout: `${LOCK_MS}`", 'lock_timeout: "0"'),
    primary("statement_timeout: `${statement}`", 'statement_timeout: "0"'),
  ),

  // The standby.
  one(
    "reads from the standby",
    "standby-behind",
    primary(
      "const connection = new Connection(this.#url, patience)",
      "const connection = new Connection((patience === READING && process.env.PARLOUR_REPLICA) || this.#url, patience)",
    ),
    primary(NO_PRIMARY, BELIEVES),
  ),
  one("takes a standby for the primary", "standby-behind", primary(NO_PRIMARY, BELIEVES)),
  one(
    "sees no failover",
    "failover-async",
    timeline("substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)", "'the same'"),
  ),
  whoAre(
    staying,
    one(
      "goes on in memory after a failover",
      "failover-async",
      app("    hub.beginAnew(tick)\n", "    hub.epoch = db.epochs.at(-1)!.name\n    void tick\n"),
    ),
  ),
  one("goes back to the one that died", "failover-async", primary("    this.#left.add(this.#history.lineage)\n", "")),
]
