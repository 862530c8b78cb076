// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is changed is source text
// Builds that are broken on purpose, each by the smallest change of the source that breaks a promise. The checker is worth
// what it catches: each of these must be caught by the fault named, and a change that no longer fits its file is an error.
import { in_, one, type Sabotage } from "./sabotage-of.ts"
import { brokenPages } from "./sabotages-of-pages.ts"

export type { Sabotage } from "./sabotage-of.ts"

const sqlite = in_("server/db/sqlite/sqlite.ts")
const view = in_("server/db/sqlite/view.ts")
const wal = in_("server/db/sqlite/wal.ts")
const lock = in_("server/db/lock.ts")
const epoch = in_("server/db/sqlite/epoch.ts")
const post = in_("server/messages/post.ts")
const rows = in_("server/messages/rows.ts")
const rooms = in_("server/rooms/rows.ts")
const membership = in_("server/rooms/membership.ts")
const hub = in_("server/live/hub.ts")
const clock = in_("server/db/sqlite/clock.ts")
const ticks = in_("server/live/clock.ts")
const follow = in_("server/follow.ts")
const queue = in_("server/queue.ts")
const poll = in_("server/http/poll.ts")
const stream = in_("server/http/stream.ts")
const socket = in_("server/http/socket.ts")

const COMMIT = '      writer.run("commit")'
const NONCE = "where author = ${author} and nonce = ${nonce}"
const ALLOWED = "or room in (select room from members where person = ${person} and present = 1))\n    order by id"

export const sabotages: Sabotage[] = [
  // The answer and the commit.
  one(
    "answers before the commit",
    "failpoints",
    sqlite(COMMIT, `for (const say of settle.splice(0)) say()\n      await Bun.sleep(20)\n${COMMIT}`),
  ),
  one(
    "publishes before the commit",
    "disk-full",
    post("{ db }: App", "app: App"),
    post("return db.tx", "return app.db.tx"),
    post("return { answer: message,", "app.bus.publish(message)\n    return { answer: message,"),
  ),
  one("syncs nothing at a commit", "power", wal("await this.#file.datasync()", "await null")),
  one(
    "does not wait for the disk",
    "power",
    sqlite(
      "const isOnDisk = await wal.sync((error) => doubt(group, error))",
      "void wal.sync((error) => doubt(group, error))\n    const isOnDisk = true",
    ),
  ),
  one(
    "answers what could not be written",
    "disk-full",
    sqlite("for (const { reject } of group) reject(reason)", "for (const say of settle) say()"),
  ),
  one(
    "dies of a read that failed",
    "failing-read",
    view('["begin", "select tick from clock", "rollback"]', '["begin", "select tick from clock", "commit"]'),
  ),
  one(
    "a refusal undoes its neighbours",
    "nothing",
    sqlite(
      "savepoint.undo()",
      'writer.run("rollback")\n          writer.run("begin immediate")\n          savepoint.begin()',
    ),
  ),
  one(
    "a refusal counts as done",
    "nothing",
    sqlite(
      "settle.push(() => reject(unwritable(error) ?? error))",
      "settle.push(() => resolve({ answer: { id: 1, text: '' }, changes: [] }))",
    ),
  ),
  one(
    "reads on the writer's connection",
    "lossy-and-slow",
    sqlite("sql: read.sql", "sql: write.sql"),
    sqlite("if (!writer.inTransaction) throw new", "if (!writer) throw new"),
    // And whoever takes a tick writes it, and waits: or nothing of what they do would be looked for before it is committed.
    clock("this.tick += count", "this.tick += count\n    this.write()"),
    ticks("return sql.takeTicks(count)", "const last = sql.takeTicks(count)\n  await Bun.sleep(2)\n  return last"),
  ),
  one(
    "swaps the order in a group",
    "nothing",
    sqlite("waiting.splice(0, MAX_GROUP)", "waiting.splice(0, MAX_GROUP).reverse()"),
  ),
  one("does not write the clock with the commit", "nothing", sqlite("      clock.write()\n", "")),
  one("two servers on one file", "twice", lock('database.run("begin exclusive")', 'database.run("begin")')),

  // The nonce.
  one("no nonce", "answer-cut", post("${nonce ?? null})", "${null})")),
  one(
    "a nonce for a while",
    "answer-cut",
    rows(NONCE, `${NONCE} and id > (select tick from clock) - 30`),
    post("${nonce ?? null})", "${nonce ? nonce + Math.random() : null})"),
  ),
  one("nonces shared by all authors", "nothing", rows(NONCE, "where nonce = ${nonce} and ${author} > 0")),
  one(
    "a nonce said again changes the message",
    "nothing",
    post(
      "if (saidBefore) return",
      "if (saidBefore) await sql`update messages set text = ${text} where id = ${saidBefore.id}`\n    if (saidBefore) return",
    ),
  ),

  // The clock.
  one(
    "takes the tick before the transaction",
    "slow-database",
    post(
      "return db.tx(async (sql) => {",
      "const tick = await db.tx((sql) => nextTick(sql))\n  return db.tx(async (sql) => {",
    ),
    post("const tick = await nextTick(sql) //", "//"),
  ),
  one("starts ahead of the clock", "kill", hub("this.#tick = tick\n", "this.#tick = tick + 2\n")),
  one(
    "the same tick for two things",
    "nothing",
    clock("this.tick += count", "this.tick += Math.random() < 1 / 8 ? 0 : count"),
  ),

  // The bus and the hub.
  one("never looks for what the bus lost", "lossy-bus", hub("return this.#catchUp()", "return")),
  one("ignores gaps", "lossy-bus", hub("if (event.tick === this.#tick + 1)", "if (event.tick > this.#tick)")),
  one(
    "tells repeats",
    "lossy-bus",
    hub(
      "if (event.tick <= this.#tick) return Promise.resolve()",
      "if (event.tick <= this.#tick) return Promise.resolve(this.#tellTopic(topicOf(event), told(event)))",
    ),
  ),
  one("fills a gap with its first page", "lossy-bus", hub("limit: PAGE }", "limit: 2 }")),

  // The seam.
  one("no merge at the seam", "slow-database", hub("const since = this.#since(seen)", "const since = [] as Told[]")),
  one(
    "subscribes a turn too late",
    "slow-database",
    hub(
      "    put(this.#feeds, feed.person, feed)\n",
      "    await Bun.sleep(5)\n    put(this.#feeds, feed.person, feed)\n",
    ),
    hub(
      "  welcome(feed: Feed, rooms: Set<number>, seen: number): boolean {",
      "  async welcome(feed: Feed, rooms: Set<number>, seen: number): Promise<boolean> {",
    ),
    follow("if (!hub.welcome(client, rooms, seen))", "if (!(await hub.welcome(client, rooms, seen)))"),
  ),
  one(
    "replays its memory from one too early",
    "slow-database",
    hub("(one) => one.change.tick <= seen) + 1)", "(one) => one.change.tick < seen) + 1)"),
  ),
  one(
    "believes the rooms as they were read",
    "slow-database",
    hub("if (mine && change.present) rooms.add(change.room)\n", ""),
    hub("if (mine && !change.present) rooms.delete(change.room)\n", ""),
  ),
  one("tells all rooms at the seam", "slow-database", hub("rooms.has(room) || feed.watching === room", "room > 0")),

  // Catching up.
  one(
    "catches up from one too late",
    "reset",
    follow("watching, after, upTo: end", "watching, after: after + 1, upTo: end"),
  ),
  one("catches up to one too early", "reset", follow("after, upTo: end, limit", "after, upTo: end - 1, limit")),
  one(
    "cuts silently what was missed",
    "storm",
    follow("{ page, through: page.length", "{ page: page.slice(0, 5), through: page.length"),
  ),
  one("catches up on rooms one is not in", "expelled", rows(ALLOWED, ALLOWED.replace("present = 1", "present >= 0"))),
  one("forgets joinings when catching up", "expelled", rooms("m.person = ${person} or m.room", "m.room")),

  // Who hears.
  one(
    "membership as it was at the start",
    "expelled",
    hub(
      "if (present) feed.enter(topic)\n      else if",
      "if (!present && !feed.isIn(topic)) feed.hear(one)\n      else if",
    ),
  ),
  one("leaving closes nothing", "expelled", hub("if (feed.watching !== room) feed.leave(topic)", "feed.isIn(topic)")),
  one(
    "tells what is said to the whole place",
    "expelled",
    hub('change.kind === "message" || change.kind === "member" ?', 'change.kind === "member" ?'),
  ),
  one(
    "leaving is told one too late",
    "expelled",
    hub("if (feed.watching !== room) feed.leave(topic)", "setTimeout(() => feed.leave(topic), 30)"),
  ),
  one(
    "leaving is written and not ticked",
    "expelled",
    membership("const tick = await nextTick(sql)", "const tick = present ? await nextTick(sql) : 1"),
  ),
  one(
    "the end of a session ends nothing",
    "signed-out",
    hub("if (session === null || feed.session === session) feed.end(reason)", "if (session === null) feed.end(reason)"),
  ),

  // Cursors.
  one(
    "ignores the epoch",
    "forged",
    hub("const at = epochs.findLastIndex(({ name }) => name === epoch)", "const at = epochs.length - 1"),
  ),
  one(
    "believes a cursor from the future",
    "forged",
    follow("!hub.isOurs(epoch ?? hub.epoch, tick)", "!hub.isOurs(epoch ?? hub.epoch, Math.min(tick, hub.tick))"),
  ),
  one("resets whoever comes back", "forged", follow("if (forked) client.note", "if (after !== null) client.note")),
  one("an epoch has no end", "forged", hub("tick <= (epochs[at + 1]?.began ?? this.#tick)", "tick <= this.#tick")),
  one("every start forks", "restart", hub("at >= 0 &&", "at === epochs.length - 1 &&")),
  one(
    "a restored backup keeps its epoch",
    "restore",
    epoch("return [...line, begun]", "return line.length > 0 ? line : [begun]"),
  ),
  one(
    "a stream's cursor is ahead",
    "flapping",
    stream("cursorAt(hub.epoch, one.change.tick)", "cursorAt(hub.epoch, one.change.tick + 1)"),
  ),
  one(
    "a poll's cursor is ahead",
    "flapping",
    poll("cursorAt(app.hub.epoch, one.change.tick)", "cursorAt(app.hub.epoch, one.change.tick + 1)"),
  ),
  one(
    "a stream's cursor is behind",
    "flapping",
    stream("cursorAt(hub.epoch, one.change.tick)", "cursorAt(hub.epoch, one.change.tick - 1)"),
  ),
  one(
    "a poll keeps only its first event",
    "flapping",
    poll(
      "if (batch.events.push(one.change) === 1) within(NEIGHBOURS_MS)",
      "if (batch.events.length === 0 && batch.events.push(one.change)) within(NEIGHBOURS_MS)",
    ),
  ),

  // The slow.
  one("a queue without bound", "slow-reader", queue("if (this.#isStalled) {", "if (false) {")),
  one(
    "weighs nothing of what waits",
    "slow-reader",
    queue("return this.#characters >= MANY_WAITING &&", "return false &&"),
  ),
  one("drops what the slow cannot take", "slow-reader", queue('      this.end("behind")\n', "")),
  one(
    "a socket's buffer without bound",
    "slow-reader",
    socket("backpressureLimit: MOST_UNSENT", "backpressureLimit: 1 << 30"),
    socket("getBufferedAmount() <= SLOW_UNSENT", "getBufferedAmount() <= 1 << 30"),
  ),

  ...brokenPages,
]
