// A standby takes over while people talk. With one that had everything nobody notices more than a moment of silence; with one
// that lagged, those who heard what is no more draw afresh, and nobody else.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { postgres, provide, redis } from "../../bin/needs.ts"
import type { Cursor } from "../../protocol/cursor.ts"
import { cursorAt } from "../../protocol/cursor.ts"
import type { Message } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { type App, createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { follow } from "../../server/follow.ts"
import { messagesBefore } from "../../server/messages/rows.ts"
import { perform } from "../../server/perform.ts"
import { startRedis } from "../redis.ts"
import { type Pair, startPair } from "../standby.ts"
import { type SignedIn, settle, until } from "../world.ts"

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parlour-failover-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const openPair = (options = {}): Promise<Pair> => startPair(provide(postgres), folder, options)

const open = (url: string, redisUrl?: string): Promise<App & AsyncDisposable> =>
  createApp(
    readConfig({ DATA_DIR: folder, LIMITS: "off", DATABASE_URL: url, ...(redisUrl && { REDIS_URL: redisUrl }) }),
  ).then((app) => Object.assign(app, { [Symbol.asyncDispose]: () => app.close() }))

const say = (app: App, who: SignedIn, text: string, nonce?: string) =>
  perform(app, who, { type: "post", room: "talk", text, ...(nonce && { nonce }) }).then(({ answer }) => answer)

/** As the outbox does it: again, with the same nonce, until it is answered. */
async function sayUntilAnswered(app: App, who: SignedIn, text: string): Promise<Message> {
  for (const nonce = crypto.randomUUID(); ; await Bun.sleep(20)) {
    const answer = await say(app, who, text, nonce).catch(mustBeTryAgain)
    if (answer) return answer
  }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => error.code,
  )

function mustBeTryAgain(error: unknown): undefined {
  if (!(error instanceof Refusal) || error.code !== "try_again") throw error
}

async function messages(app: App): Promise<Message[]> {
  const [room] = await app.db.sql<{ id: number }>`select id from rooms where slug = 'talk'`
  return messagesBefore(app.db.sql, room!.id, Number.MAX_SAFE_INTEGER, 100)
}

const texts = async (app: App) => (await messages(app)).map(({ text }) => text)

/** Someone's page: what it shows of what was said, where it stands, how it was sent away and drawn afresh. */
class Page {
  readonly texts: (string | null)[] = []
  readonly goodbyes: string[] = []
  cursor: Cursor | null = null
  resets = 0
  readonly #app: App
  readonly #who: SignedIn
  readonly #leave = new AbortController()
  #drawn = 0

  constructor(app: App, who: SignedIn) {
    this.#app = app
    this.#who = who
  }

  /** Listens, and comes back with its cursor when it is sent away. */
  async open(): Promise<void> {
    let live = false
    const listen = async (): Promise<void> => {
      const { person, session } = this.#who
      const who = { person: person.id, name: person.name, session, after: this.cursor, room: null }
      let epoch = this.#app.hub.epoch
      for await (const one of follow(this.#app, who, this.#leave.signal)) {
        if ("change" in one) {
          this.cursor = cursorAt(epoch, one.change.tick)
          // What is drawn afresh may hold what is told next.
          if (one.change.kind === "message" && one.change.id > this.#drawn) this.texts.push(one.change.text)
        } else if (one.kind === "bye") this.goodbyes.push(one.reason)
        else {
          this.cursor = one.cursor
          epoch = one.cursor.split(".")[0]!
          if (one.kind === "live") live = true
          if (one.kind === "reset") await this.#drawAfresh()
        }
      }
    }
    const stay = async () => {
      while (!this.#leave.signal.aborted) {
        await listen().catch(mustBeTryAgain)
        await Bun.sleep(20)
      }
    }
    void stay()
    await until("the feed is live", () => live)
  }

  async #drawAfresh(): Promise<void> {
    this.resets++
    const drawn = await messages(this.#app)
    this.texts.splice(0, this.texts.length, ...drawn.map(({ text }) => text))
    this.#drawn = drawn.at(-1)?.id ?? 0
  }

  close(): void {
    this.#leave.abort()
  }
}

const pageOf = async (app: App, who: SignedIn): Promise<Page> => {
  const page = new Page(app, who)
  await page.open()
  return page
}

describe("a standby that has everything", () => {
  test("takes over: nothing that was answered is lost, and nobody is reset", async () => {
    await using pair = await openPair({ synchronous: true })
    await using app = await open(pair.url)
    const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
    const page = await pageOf(app, bob)
    const said: string[] = []
    let more = true
    const speaking = (async () => {
      for (let i = 0; more; i++) said.push((await sayUntilAnswered(app, ann, `${i}`)).text!)
    })()
    await until("bob hears", () => page.texts.length > 20)
    const before = app.hub.epoch
    await pair.failOver()
    await until("another epoch has begun", () => app.hub.epoch !== before, 10_000)
    const then = said.length
    await until("it goes on", () => said.length > then + 20)
    more = false
    await speaking
    await until("bob hears the last", () => page.texts.at(-1) === said.at(-1))
    expect(page.goodbyes).toEqual(["restart"])
    expect(page.resets).toBe(0)
    expect(page.texts).toEqual(said)
    page.close()
  }, 60_000)

  test("has what was committed and not answered, too: said again, it is answered with what is there", async () => {
    await using pair = await openPair({ synchronous: true })
    await using app = await open(pair.url)
    const ann = await settle(app, "ann")
    await say(app, ann, "before")
    await pair.holdAnswers()
    const answer = refusal(say(app, ann, "once", "a-nonce"))
    await Bun.sleep(300)
    await pair.reached()
    expect(await texts(app)).toEqual(["before"]) // neither answered nor seen
    await pair.failOver()
    expect(await answer).toBe("try_again")
    let again: Message | undefined
    await until("it is answered", async () => {
      again = await say(app, ann, "once", "a-nonce").catch(mustBeTryAgain)
      return again !== undefined
    })
    expect(await texts(app)).toEqual(["before", "once"])
    expect(again!.tick).toBeLessThanOrEqual(app.db.epochs.at(-1)!.began) // of before the failover
  }, 60_000)
})

describe("a standby", () => {
  test("is refused at start, in a sentence that says what to do", async () => {
    await using pair = await openPair()
    await using app = await open(pair.url)
    await settle(app, "ann")
    await until("the standby has it", async () => {
      const opening = await open(pair.addressOf("standby")).catch((error: Error) => error.message)
      if (typeof opening !== "string") throw new Error("A place was opened on a standby.")
      return opening.includes("is a standby, which cannot be written: name the primary")
    })
  }, 60_000)

  test("that answers instead of the primary is neither written nor read; when a primary answers, all goes on", async () => {
    await using pair = await openPair()
    await using app = await open(pair.url)
    const ann = await settle(app, "ann")
    const page = await pageOf(app, ann)
    await say(app, ann, "before")
    const before = app.hub.epoch
    pair.lead("standby")
    for (let i = 0; i < 20; i++) {
      expect(await refusal(say(app, ann, "to a standby"))).toBe("try_again")
      expect(await refusal(texts(app))).toBe("try_again")
    }
    pair.lead("primary")
    await sayUntilAnswered(app, ann, "after")
    await until("all is heard", () => page.texts.at(-1) === "after")
    expect(await texts(app)).toEqual(["before", "after"])
    expect(page.texts).toEqual(["before", "after"])
    expect([page.goodbyes, page.resets, app.hub.epoch]).toEqual([[], 0, before])
    page.close()
  }, 60_000)
})

test("the primary that died, when it answers again in place of the one that took over, is neither written nor read", async () => {
  await using pair = await openPair()
  await using app = await open(pair.url)
  const ann = await settle(app, "ann")
  await say(app, ann, "kept")
  await pair.reached()
  await pair.cutOff()
  await say(app, ann, "lost")
  await pair.failOver()
  await sayUntilAnswered(app, ann, "new")
  const { epoch } = app.hub
  await pair.revive()
  pair.lead("primary")
  for (let i = 0; i < 20; i++) {
    expect(await refusal(say(app, ann, "into the past"))).toBe("try_again")
    expect(await refusal(texts(app))).toBe("try_again")
  }
  pair.lead("standby")
  await sayUntilAnswered(app, ann, "newer")
  expect(await texts(app)).toEqual(["kept", "new", "newer"])
  expect(app.hub.epoch).toBe(epoch)
}, 60_000)

test("a server that takes over and does not keep what it commits is not written, until it does; nor is a place opened on it", async () => {
  await using pair = await openPair()
  await using app = await open(pair.url)
  const ann = await settle(app, "ann")
  await say(app, ann, "kept")
  await pair.reached()
  await pair.set("standby", "synchronous_commit = off")
  await pair.failOver()
  for (let i = 0; i < 10; i++) {
    expect(await refusal(say(app, ann, "into the wind"))).toBe("try_again")
    expect(await refusal(texts(app))).toBe("try_again")
  }
  await expect(open(pair.url)).rejects.toThrow("fsync is on, synchronous_commit is off): set both to on.")
  await pair.set("standby", "synchronous_commit = on")
  await sayUntilAnswered(app, ann, "new")
  expect(await texts(app)).toEqual(["kept", "new"])
}, 60_000)

test("two standbys that took over from one primary may bear one mark: the epoch tells them apart", async () => {
  await using pair = await openPair()
  await using app = await open(pair.url)
  const ann = await settle(app, "ann")
  const { tick } = await say(app, ann, "kept")
  await say(app, ann, "never said there")
  const { epoch } = app.hub
  await app.db.tx(async (sql) => {
    await sql`delete from messages where id > ${tick}`
    await sql`update clock set tick = ${tick}`
    await sql`update epochs set name = 'elsewhere', began = ${tick} where name = ${epoch}`
  })
  pair.lead("primary")
  await until("another epoch has begun", () => app.hub.epoch === "elsewhere")
  expect([app.hub.tick, app.hub.isOurs(epoch, tick)]).toEqual([tick, false])
  expect((await sayUntilAnswered(app, ann, "next")).tick).toBe(tick + 1)
}, 60_000)

describe("a standby that lagged", () => {
  test("takes over: exactly those who heard what is lost are reset, and then all agree with the database", async () => {
    await using pair = await openPair()
    await using app = await open(pair.url)
    const ann = await settle(app, "ann")
    const [bob, cid] = [await settle(app, "bob"), await settle(app, "cid")]
    const heardAll = await pageOf(app, bob)
    const wentEarly = await pageOf(app, cid)
    for (let i = 0; i < 5; i++) await say(app, ann, `kept ${i}`)
    await until("cid hears what is kept", () => wentEarly.texts.length === 5)
    wentEarly.close()
    await pair.reached()
    await pair.cutOff()
    for (let i = 0; i < 3; i++) await say(app, ann, `lost ${i}`)
    await until("bob hears what is lost", () => heardAll.texts.length === 8)
    const { epoch, tick } = app.hub
    await pair.failOver()
    await until("another epoch has begun", () => app.hub.epoch !== epoch, 10_000)
    expect(app.hub.tick).toBe(tick - 3)
    for (let i = 0; i < 5; i++) await sayUntilAnswered(app, ann, `new ${i}`)
    const back = new Page(app, cid)
    back.texts.push(...wentEarly.texts)
    back.cursor = wentEarly.cursor
    await back.open()
    for (const page of [heardAll, back]) await until("all is heard", () => page.texts.at(-1) === "new 4")
    const truth = await texts(app)
    expect(truth).toEqual([...[0, 1, 2, 3, 4].map((i) => `kept ${i}`), ...[0, 1, 2, 3, 4].map((i) => `new ${i}`)])
    expect([heardAll.texts, back.texts]).toEqual([truth, truth])
    expect([heardAll.goodbyes, heardAll.resets, back.resets]).toEqual([["restart"], 1, 0])
    for (const page of [heardAll, back]) page.close()
  }, 60_000)

  test("takes over: two processes notice, although one is idle, and hear each other at once in the new epoch", async () => {
    const bus = await startRedis(provide(redis), folder)
    await using _ = { [Symbol.asyncDispose]: () => bus.kill() }
    await using pair = await openPair()
    await using one = await open(pair.url, bus.url)
    await using other = await open(pair.url, bus.url)
    const [ann, bob] = [await settle(one, "ann"), await settle(other, "bob")]
    const page = await pageOf(other, bob)
    await say(one, ann, "kept")
    await until("bob hears it", () => page.texts.length === 1)
    await pair.reached()
    await pair.cutOff()
    await say(one, ann, "lost")
    await until("bob hears it", () => page.texts.length === 2)
    const old = `parlour ${one.hub.epoch}`
    const [oldBus, { epoch, tick }] = [one.bus, one.hub]
    await pair.failOver()
    const began = performance.now()
    await until("both notice", () => [one, other].every(({ hub }) => hub.epoch !== epoch))
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(one.db.epochs).toEqual(other.db.epochs)
    expect(one.db.epochs.at(-1)!.began).toBe(tick - 1)

    await until("they hear each other", () => [one, other].every(({ bus }) => bus.alive))
    const spoken = performance.now()
    await sayUntilAnswered(one, ann, "new")
    await until("bob hears it", () => page.texts.at(-1) === "new")
    expect(performance.now() - spoken).toBeLessThan(240) // the clock is asked each second while the bus is alive

    // What is still on its way in the old epoch is of no one in the new one.
    const last = await say(one, ann, "last")
    const late: Message = { ...last, text: "late", tick: last.tick + 1, id: last.tick + 1 }
    oldBus.publish(late)
    await bus.say("PUBLISH", old, `another\n${JSON.stringify(late)}`)
    await until("bob hears the last", () => page.texts.at(-1) === "last")
    await Bun.sleep(200)
    expect(page.texts).toEqual(["kept", "new", "last"])
    expect([one.hub.tick, other.hub.tick]).toEqual([last.tick, last.tick])
    expect(page.resets).toBe(1)
    page.close()
  }, 60_000)
})
