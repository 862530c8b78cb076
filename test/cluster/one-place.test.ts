// Several processes of one place, on one Postgres and one Redis, all of them real. What is done in one is so in the others;
// Redis makes it fast, and the database makes it right.
import { describe, expect, setDefaultTimeout, spyOn, test } from "bun:test"
import { connect } from "node:net"
import { parseCommand } from "../../protocol/command.ts"
import { type App, createApp } from "../../server/app.ts"
import type { Caller } from "../../server/caller.ts"
import { readConfig } from "../../server/config.ts"
import { follow } from "../../server/follow.ts"
import { serve } from "../../server/http/serve.ts"
import { findSession, insertSession } from "../../server/people/session.ts"
import { perform } from "../../server/perform.ts"
import { ask, freshDatabase } from "../postgres.ts"
import { standingPostgres, standingRedis } from "../standing.ts"
import { followers, listen, openSocket } from "../ways.ts"
import { logged, register, type SignedIn, settle, until, type Visitor, visitor } from "../world.ts"

setDefaultTimeout(20_000) // a busy machine is late

const database = standingPostgres()
const bus = standingRedis()

type Cluster = AsyncDisposable & { apps: App[]; ann: SignedIn; bob: SignedIn; url: string; another(): Promise<App> }

/** A database whose clock can be set: it looks for what is asked of it among ours first. */
const CLOCK = `
  create schema clocks; create table clocks.ahead as select interval '1 hour' as by;
  create function clocks.clock_timestamp() returns timestamptz language sql as
  $$ select pg_catalog.clock_timestamp() + by from clocks.ahead $$;
  do $$ begin execute format('alter database %I set search_path = clocks, public, pg_catalog', current_database()); end $$`

async function cluster(
  processes: number,
  { withRedis = true, withLimits = false, anHourAhead = false } = {},
): Promise<Cluster> {
  const { url, drop } = await freshDatabase(database.url)
  if (anHourAhead) await ask(url, CLOCK)
  const config = readConfig({
    DATA_DIR: database.folder,
    PORT: "0",
    ...(!withLimits && { LIMITS: "off" }),
    DATABASE_URL: url,
    ...(withRedis && { REDIS_URL: bus.url }),
  })
  const apps: App[] = []
  for (let i = 0; i < processes; i++) apps.push(await createApp(config))
  const [ann, bob] = [await settle(apps[0]!, "ann"), await settle(apps.at(-1)!, "bob")]
  return {
    apps,
    ann,
    bob,
    url,
    async another() {
      apps.push(await createApp(config))
      return apps.at(-1)!
    },
    async [Symbol.asyncDispose]() {
      for (const app of apps) await app.close()
      await drop()
    },
  }
}

const say = (app: App, who: SignedIn, text: string) => perform(app, who, { type: "post", room: "talk", text })

/** What someone hears of what is said, and when, from now on. */
async function listening(app: App, { person, session }: SignedIn) {
  const heard: { text: string; at: number }[] = []
  const ended: string[] = []
  const leave = new AbortController()
  let live = false
  const over = (async () => {
    const who = { person: person.id, name: person.name, session, after: null, room: null }
    for await (const one of follow(app, who, leave.signal)) {
      if ("kind" in one && one.kind === "live") live = true
      if ("kind" in one && one.kind === "bye") ended.push(one.reason)
      if ("change" in one && one.change.kind === "message")
        heard.push({ text: one.change.text!, at: performance.now() })
    }
  })()
  await until("the feed is live", () => live)
  return { heard, ended, leave: () => leave.abort(), over }
}

/** Waits until a process has just asked the clock. It asks again in a second, if it hears Redis: what comes to it before then
 *  was brought. */
async function hasJustAsked({ hub }: App): Promise<void> {
  const { readAt } = hub.clock
  await until("the clock is asked", () => hub.clock.readAt > readAt)
}

describe("what is said in one process", () => {
  test("is heard in another at once, and in order, while both speak", async () => {
    await using place = await cluster(2)
    const [one, other] = place.apps as [App, App]
    const ears = [await listening(one, place.ann), await listening(other, place.bob)]
    await hasJustAsked(other)
    const { repaired } = other.hub.counts
    await say(one, place.ann, "first")
    await until("bob hears it", () => ears[1]!.heard.length === 1)
    expect(other.hub.counts.repaired).toBe(repaired)
    for (let i = 0; i < 50; i++) await Promise.all([say(one, place.ann, `ann ${i}`), say(other, place.bob, `bob ${i}`)])
    await until("both hear all", () => ears.every(({ heard }) => heard.length === 101))
    const [anns, bobs] = ears.map(({ heard }) => heard.map(({ text }) => text))
    expect(bobs).toEqual(anns!)
    for (const ear of ears) ear.leave()
  })

  test("is heard within a second and a half without Redis", async () => {
    await using place = await cluster(2, { withRedis: false })
    const ear = await listening(place.apps[1]!, place.bob)
    await say(place.apps[0]!, place.ann, "hello")
    await until("bob hears it", () => ear.heard.length === 1, 1_500)
    ear.leave()
  })
})

describe.each([
  ["with Redis at once", true],
  ["without Redis within a second and a half", false],
])("what ends in one process, %s", (_, withRedis) => {
  const ears = async (place: Cluster) => {
    const { person } = place.bob
    const token = await place.apps[0]!.db.tx((sql) => insertSession(sql, person.id))
    const session = (await findSession(place.apps[0]!.db.sql, token))!.id
    return {
      mine: await listening(place.apps[1]!, place.bob),
      other: await listening(place.apps[1]!, { ...place.bob, session }),
    }
  }

  test("a session: its feeds in another end too, in their place in the order, and no others", async () => {
    await using place = await cluster(2, { withRedis })
    const { mine, other } = await ears(place)
    const { hub } = place.apps[1]!
    await hasJustAsked(place.apps[1]!)
    const { repaired } = hub.counts
    await say(place.apps[0]!, place.ann, "before")
    await perform(place.apps[0]!, place.bob, { type: "signOut", session: place.bob.session })
    await say(place.apps[0]!, place.ann, "after")
    await until("it has ended", () => mine.ended.length > 0, 1_500)
    expect(hub.counts.repaired === repaired).toBe(withRedis)
    await until("the other hears all", () => other.heard.length === 2)
    expect([mine, other].map(({ heard }) => heard.map(({ text }) => text))).toEqual([["before"], ["before", "after"]])
    expect([mine.ended, other.ended]).toEqual([["signed_out"], []])
    for (const ear of [mine, other]) ear.leave()
  })

  test("a membership: nothing that is said after it is heard in another", async () => {
    await using place = await cluster(2, { withRedis })
    const { mine, other } = await ears(place)
    await say(place.apps[0]!, place.ann, "before")
    await perform(place.apps[0]!, place.bob, { type: "leave", room: "talk" })
    await say(place.apps[0]!, place.ann, "after")
    const { answer } = await perform(place.apps[0]!, place.bob, { type: "open", name: "elsewhere" })
    await perform(place.apps[0]!, place.bob, { type: "post", room: answer.id, text: "here" })
    await until("what came later is heard", () => [mine, other].every(({ heard }) => heard.at(-1)?.text === "here"))
    expect([mine, other].map(({ heard }) => heard.map(({ text }) => text))).toEqual([
      ["before", "here"],
      ["before", "here"],
    ])
    for (const ear of [mine, other]) ear.leave()
  })
})

describe("when Redis", () => {
  type Ear = Awaited<ReturnType<typeof listening>>
  const speakAndHear = async ({ apps, ann }: Cluster, ear: Ear, text: string) => {
    const began = performance.now()
    await say(apps[0]!, ann, text)
    await until(`bob hears "${text}"`, () => ear.heard.at(-1)?.text === text)
    return ear.heard.at(-1)!.at - began
  }
  /** And Redis brings it: the clock is not asked meanwhile. */
  const speakAndBring = async (place: Cluster, ear: Ear, text: string) => {
    const other = place.apps[1]!
    await hasJustAsked(other)
    const { repaired } = other.hub.counts
    await speakAndHear(place, ear, text)
    expect(other.hub.counts.repaired).toBe(repaired)
  }

  test("has dropped the subscription, it is made again, and nothing is missing", async () => {
    await using place = await cluster(2)
    const ear = await listening(place.apps[1]!, place.bob)
    const subscribers = async (): Promise<string[]> =>
      `${await bus.say("CLIENT", "LIST", "TYPE", "pubsub")}`.match(/\bid=\d+/g) ?? []
    await until("both subscribe, and nobody of before", async () => (await subscribers()).length === 2)
    for (let i = 0; i < 3; i++) {
      const before = await subscribers()
      await bus.say("CLIENT", "KILL", "TYPE", "pubsub")
      await speakAndHear(place, ear, `cut ${i}`)
      await until("both subscribe again", async () => {
        const now = await subscribers()
        return now.length === 2 && !now.some((id) => before.includes(id))
      })
      await speakAndBring(place, ear, `there again ${i}`)
    }
    expect(ear.heard.map(({ text }) => text)).toEqual([0, 1, 2].flatMap((i) => [`cut ${i}`, `there again ${i}`]))
    ear.leave()
  })

  test("is gone, all is heard a little later; when it comes back, at once again", async () => {
    await using place = await cluster(2)
    const ear = await listening(place.apps[1]!, place.bob)
    await bus.kill()
    await until("it is seen", () => place.apps.every(({ bus }) => !bus.alive), 5_000)
    expect(await speakAndHear(place, ear, "without")).toBeLessThan(1_000)
    await bus.start()
    await until("it is seen again", () => place.apps.every(({ bus }) => bus.alive), 5_000)
    await speakAndBring(place, ear, "with")
    ear.leave()
  })

  test("is frozen, nobody waits for it, and it is seen to be silent", async () => {
    await using place = await cluster(2)
    const ear = await listening(place.apps[1]!, place.bob)
    bus.freeze()
    try {
      expect(await speakAndHear(place, ear, "into the ice")).toBeLessThan(1_500)
      await until("it is seen", () => place.apps.every(({ bus }) => !bus.alive), 5_000)
      expect(await speakAndHear(place, ear, "known to be frozen")).toBeLessThan(1_000)
    } finally {
      bus.thaw()
    }
    await until("it is seen again", () => place.apps.every(({ bus }) => bus.alive), 8_000)
    await speakAndBring(place, ear, "thawed")
    ear.leave()
  }, 30_000)

  test("brings what is not ours, it does no harm", async () => {
    await using place = await cluster(2)
    const ear = await listening(place.apps[1]!, place.bob)
    const channel = `parlour ${place.apps[0]!.db.epochs.at(-1)!.name}`
    const said = await logged(async () => {
      for (const words of [
        "",
        "x",
        "x\n",
        "x\nno json",
        "x\nnull",
        "x\n{}",
        'x\n{"kind":"message","tick":1e9}',
        "x\n[1]",
        'x\n{"kind":"moves"}',
        'x\n{"kind":"moves","process":"y","number":1,"version":1,"came":[null],"left":7}',
        'x\n{"kind":"typing"}',
      ])
        await bus.say("PUBLISH", channel, words)
      await until("what came early was looked for", () => place.apps.every(({ hub }) => hub.counts.gaps > 0))
      await speakAndBring(place, ear, "still here")
    })
    const what = "Not an event of ours, on the channel of this place in Redis: "
    expect(said).toEqual(Array.from({ length: 6 }, () => expect.stringContaining(what)))
    expect(place.apps.map(({ bus }) => bus.alive)).toEqual([true, true])
    expect(ear.heard.map(({ text }) => text)).toEqual(["still here"])
    ear.leave()
  })
})

test("two places that share a Redis hear nothing of each other", async () => {
  await using here = await cluster(1)
  await using there = await cluster(2)
  const deliver = spyOn(there.apps[1]!.hub, "deliver")
  const isDelivered = (words: string) =>
    deliver.mock.calls.some(([event]) => event.kind === "message" && event.text === words)
  await say(here.apps[0]!, here.ann, "among us")
  await say(there.apps[0]!, there.ann, "among them")
  await until("Redis brings what came later", () => isDelivered("among them"))
  expect(isDelivered("among us")).toBe(false)
})

describe("what one may do is one for all processes:", () => {
  const stranger: Caller = { person: null, session: null, address: "1.1.1.1" }
  /** How many of 25 rooms someone may open that are asked for at once, before anything can be told to other processes, and
   *  how the rest is refused. */
  const opens = async (app: App, who: SignedIn, word: string) => {
    const names = Array.from({ length: 25 }, (_, i) => `${word} ${i}`)
    const opened = await Promise.allSettled(names.map((name) => perform(app, who, { type: "open", name })))
    const refused = opened.filter((one) => one.status === "rejected").map(({ reason }) => reason.code)
    return { count: names.length - refused.length, code: [...new Set(refused)].join() }
  }
  /** Waits until a process has heard from the database that a bucket of someone's is full so much later. */
  const hears = (app: App, { person }: SignedIn, milliseconds = 1) => {
    const settled = spyOn(app.throttle!, "settle")
    const isOurs = ([name, full]: [string, number]) => name === `person open ${person.id}` && full >= milliseconds
    return () => until("it is told", () => settled.mock.calls.some(isOurs), 2_000)
  }

  test("who has used it up in one is refused in another as soon as that has been told, without Redis too, and others are not", async () => {
    await using place = await cluster(2, { withRedis: false, withLimits: true })
    const [one, other] = place.apps as [App, App]
    const told = hears(other, place.ann)
    expect(await opens(one, place.ann, "first")).toEqual({ count: 20, code: "slow_down" })
    await told()
    expect(await opens(other, place.ann, "second")).toEqual({ count: 0, code: "slow_down" })
    expect(await opens(other, place.bob, "others")).toEqual({ count: 20, code: "slow_down" })
  })

  test("a database's clock that goes back by an hour neither forgives what is used up afterwards nor makes anybody wait an hour", async () => {
    await using place = await cluster(2, { withRedis: false, withLimits: true, anHourAhead: true })
    const [one, other] = place.apps as [App, App]
    const told = [hears(other, place.ann), hears(other, place.bob)] as const
    expect(await opens(one, place.ann, "first")).toEqual({ count: 20, code: "slow_down" })
    await told[0]()
    expect(await opens(other, place.ann, "second")).toEqual({ count: 0, code: "slow_down" })
    await ask(place.url, "update clocks.ahead set by = interval '0'")
    const later = await place.another()
    await Bun.sleep(1_200)
    expect((await opens(later, place.ann, "third")).count).toBe(20)
    expect(await opens(one, place.bob, "fourth")).toEqual({ count: 20, code: "slow_down" })
    await told[1]()
    expect(await opens(other, place.bob, "fifth")).toEqual({ count: 0, code: "slow_down" })
  }, 30_000)

  test("whatever name a stranger signs in by, and if something of it cannot be shared, the rest is, and the log says so once", async () => {
    await using place = await cluster(2, { withRedis: false, withLimits: true })
    const [one, other] = place.apps as [App, App]
    const said = await logged(async () => {
      for (const username of ["q\0", "q\ud800", `${"q".repeat(199)}\u{1f600}`]) {
        const signIn = parseCommand({ type: "signIn", username, password: "wrong horse battery" })
        await expect(perform(one, stranger, signIn)).rejects.toMatchObject({ code: "unauthorized" })
      }
      await ask(place.url, "alter table buckets add check (name not like 'person join %')")
      for (const times of [30, 1]) {
        for (let i = 0; i < times; i++) await perform(one, place.bob, { type: "join", room: "talk" })
        await Bun.sleep(700)
      }
    })
    expect(said).toEqual([expect.stringMatching(/^What people did here cannot be told .*violates check/)])
    const told = hears(other, place.ann)
    expect(await opens(one, place.ann, "first")).toEqual({ count: 20, code: "slow_down" })
    await told()
    expect(await opens(other, place.ann, "second")).toEqual({ count: 0, code: "slow_down" })
  })

  test("what was let through in several at once is counted together, and waited for", async () => {
    await using place = await cluster(2, { withLimits: true })
    const told = place.apps.map((app) => hears(app, place.ann, 150_000))
    const ways = place.apps.map((app, i) => opens(app, place.ann, `way ${i}`))
    expect((await Promise.all(ways)).map(({ count }) => count)).toEqual([20, 20])
    for (const both of told) await both()
    for (const app of place.apps)
      await expect(perform(app, place.ann, { type: "open", name: "more" })).rejects.toThrow(/in (9\d|10\d) seconds/)
  })
})

test("who was with a process that died is not here for one that starts when the database's clock has gone back", async () => {
  await using place = await cluster(1, { withRedis: false, anHourAhead: true })
  await ask(
    place.url,
    `insert into presence (process, number, version, people, typing, leaving, at)
     values ('dead', 1, 1, '[{"id":${place.bob.person.id},"name":"bob"}]', '[]', 0,
       (extract(epoch from clock_timestamp()) * 1000)::bigint)`,
  )
  const room = (await ask(place.url, "select id from rooms"))[0]!.id as number
  const here = async ({ onlookers }: App) => (await onlookers.hereIn(room)).people.map(({ name }) => name)
  expect(await here(await place.another())).toEqual(["bob"])
  await ask(place.url, "update clocks.ahead set by = interval '0'")
  expect(await here(await place.another())).toEqual([])
})

describe.each([
  ["with Redis", true, 1_000],
  ["without Redis", false, 2_500],
])("on another process, %s,", (_, withRedis, within) => {
  /** Two processes, and someone signed in who asks the second. */
  async function served() {
    const place = await cluster(2, { withRedis })
    const serving = await Promise.all(place.apps.map((app) => serve(app)))
    const [one, other] = serving.map(({ url }) => url) as [string, string]
    const carl = await register(one, "carl")
    return {
      ...place,
      other,
      carl,
      there: visitor(other, carl.cookie),
      async [Symbol.asyncDispose]() {
        for (const { stop } of serving) await stop(true)
        await place[Symbol.asyncDispose]()
      },
    }
  }

  test("a setting is changed from the very next request", async () => {
    await using place = await served()
    const { apps, ann, other } = place
    const change = (settings: object) => perform(apps[0]!, ann, { type: "changeSettings", ...settings })
    const door = async (path: string) => {
      const answer = await fetch(other + path, { redirect: "manual", headers: { accept: "text/html" } })
      return { status: answer.status, text: await answer.text() }
    }
    const { invite } = (await change({ name: "Old", registration: "invite", newInvite: true })).answer
    for (const name of ["The Lamp", "The Lantern"]) {
      expect((await door(`/join/${invite}`)).status).toBe(200)
      await change({ name })
      expect((await door("/login")).text).toContain(name)
    }
    const renewed = (await change({ newInvite: true })).answer.invite
    expect([(await door(`/join/${invite}`)).status, (await door(`/join/${renewed}`)).status]).toEqual([403, 200])
    await change({ registration: "closed" })
    expect([(await door(`/join/${renewed}`)).status, (await door("/register")).status]).toEqual([403, 403])
    await change({ registration: "open" })
    expect((await door("/register")).status).toBe(200)
  })

  test("the second of a double click on an old page is known for one", async () => {
    await using place = await served()
    const { carl, there } = place
    const click = async (who: Visitor) => {
      const body = new URLSearchParams({ post_type: "send_chat", content: "ok" })
      expect((await who.fetch("/chat/talk/post/", { method: "POST", body })).status).toBe(200)
    }
    for (const who of [carl, there]) await click(who)
    const { messages } = (await (await carl.fetch("/api/v1/rooms/talk/messages")).json()) as { messages: object[] }
    expect(messages).toHaveLength(1)
  })

  /** Posts, but for the last letter; sends that when it is asked for the answer. */
  async function holdBack(url: string, cookie: string): Promise<() => Promise<string>> {
    const { hostname, port } = new URL(url)
    const body = JSON.stringify({ text: "held back" })
    const head = ["POST /api/v1/rooms/talk/messages HTTP/1.1", `host: ${hostname}`, `cookie: ${cookie}`]
    const socket = connect(Number(port), hostname)
    let answer = ""
    socket.on("data", (bytes) => {
      answer += bytes
    })
    const more = ["content-type: application/json", `content-length: ${body.length}`, "", body.slice(0, -1)]
    socket.write([...head, ...more].join("\r\n"))
    await Bun.sleep(100) // for its sender to be let in
    return async () => {
      socket.write(body.slice(-1))
      await until("it is answered", () => answer !== "")
      socket.destroy()
      return answer
    }
  }

  const ends: [how: string, (app: App, ann: SignedIn, carl: Visitor) => Promise<unknown>][] = [
    [
      "a new password",
      async (app, ann) => {
        const { answer } = await perform(app, ann, { type: "makePasswordLink", username: "carl" })
        const token = answer.path.split("/").at(-1)!
        await perform(
          app,
          { ...ann, person: null, session: null },
          { type: "setPassword", token, password: "carl's new one" },
        )
      },
    ],
    ["being removed", (app, ann) => perform(app, ann, { type: "expel", username: "carl" })],
    ["signing out", (_app, _ann, carl) => carl.fetch("/logout", { method: "POST" })],
  ]
  test.each(ends)(
    "a session that ended by %s lets nobody in from the next request, and its feeds end",
    async (_, end) => {
      await using place = await served()
      const { apps, ann, carl, there, other } = place
      const socket = await openSocket(there, "/events")
      const stream = listen(followers.sse!, there, { room: "talk" })
      await socket.frame(({ kind }) => kind === "live")
      expect((await there.fetch("/api/v1/me")).status).toBe(200)
      await until("both listen", () => apps[1]!.hub.listening === 2)
      const held = await holdBack(other, carl.cookie)
      await end(apps[0]!, ann, carl)
      const began = performance.now()
      expect((await there.fetch("/api/v1/me")).status).toBe(401)
      expect((await socket.frame(({ kind }) => kind === "bye")).reason).toBe("signed_out")
      await until("the stream is told, too", () => stream.heard.includes("(bye signed_out)"))
      expect(performance.now() - began).toBeLessThan(within)
      await until("both are closed", () => socket.closed !== undefined && stream.over)
      expect(socket.closed!.code).toBe(4401)
      expect(await held()).toStartWith("HTTP/1.1 401")
    },
  )
})

test("of those who come first to two processes at the same moment, one owns the place", async () => {
  const { url, drop } = await freshDatabase(database.url)
  const config = readConfig({ DATA_DIR: database.folder, LIMITS: "off", DATABASE_URL: url })
  const apps = [await createApp(config), await createApp(config)]
  const nobody = { person: null, session: null, address: "local" }
  const come = (app: App, username: string) =>
    perform(app, nobody, { type: "register", username, password: "a long enough password", registration: "open" })
  await Promise.all(["ann", "bob", "carl", "dora"].map((name, i) => come(apps[i % 2]!, name)))
  const people = await apps[0]!.db.sql<{ role: string }>`select role from people order by role`
  expect(people.map(({ role }) => role)).toEqual(["member", "member", "member", "owner"])
  for (const app of apps) await app.close()
  await drop()
})
