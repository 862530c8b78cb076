// Someone in as many rooms as there may be is removed over a slow way to the database: what denies them is there at once, in
// every process, and those who talk meanwhile hardly notice.
import { expect, setDefaultTimeout, test } from "bun:test"
import { setTimeout as sleep } from "node:timers/promises"
import { type App, createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { perform } from "../../server/perform.ts"
import { MOST_JOINED } from "../../server/rooms/membership.ts"
import { isMember, roomsOf } from "../../server/rooms/rows.ts"
import { sessionStands } from "../../server/standing.ts"
import { PostgresProxy } from "../faults/cluster/postgres-proxy.ts"
import { ask, freshDatabase } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { random, type SignedIn, settle, until } from "../world.ts"

setDefaultTimeout(60_000)

/** Milliseconds to the database and back. */
const WAY_MS = 2
/** Promised, in milliseconds: within which who is removed is denied, and which others wait for a post at most. */
const DENIED_MS = 1_000
const POST_MS = 100
/** A machine that is busy with other tests adds to either: so many times what a post took a moment before, and the promise is
 *  held if it is for one of these people. */
const BUSY = 3
const REMOVED = ["bob", "dan", "eve"] as const

const database = standingPostgres()

type Place = AsyncDisposable & { apps: [App, App]; ann: SignedIn; cyd: SignedIn; removed: SignedIn[] }

async function place(): Promise<Place> {
  const { url, drop } = await freshDatabase(database.url)
  const proxy = await PostgresProxy.open(random(1))
  proxy.upstream = Number(new URL(url).port)
  const slow = new URL(url)
  slow.port = `${proxy.port}`
  const config = readConfig({ DATA_DIR: database.folder, PORT: "0", LIMITS: "off", DATABASE_URL: `${slow}` })
  const apps: [App, App] = [await createApp(config), await createApp(config)]
  const [ann, cyd] = [await settle(apps[0], "ann"), await settle(apps[1], "cyd")]
  const removed: SignedIn[] = []
  for (const name of REMOVED) removed.push(await settle(apps[0], name))
  await ask(
    url,
    `insert into rooms (id, slug, name, at, tick)
       select c.tick + n, 'r' || n, 'r' || n, 0, c.tick + n from clock c, generate_series(1, ${MOST_JOINED - 1}) n;
     update clock set tick = tick + ${MOST_JOINED - 1};
     insert into members (room, person, present, tick)
       select r.id, p.id, 1, c.tick + row_number() over (order by p.id, r.id)
       from clock c, rooms r, people p where r.slug <> 'talk' and p.name not in ('ann', 'cyd');
     update clock set tick = tick + ${REMOVED.length * (MOST_JOINED - 1)}`,
  )
  for (const { hub } of apps) await hub.heal()
  proxy.late = () => WAY_MS
  return {
    apps,
    ann,
    cyd,
    removed,
    async [Symbol.asyncDispose]() {
      for (const app of apps) await app.close()
      await proxy.close()
      await drop()
    },
  }
}

/** Says something again and again, and how long the longest of it took, from when it was last asked. */
function talking(app: App, who: SignedIn) {
  let longest = 0
  let over = false
  const done = (async () => {
    for (let i = 0; !over; i++) {
      const began = performance.now()
      await perform(app, who, { type: "post", room: "talk", text: `${i}` })
      longest = Math.max(longest, performance.now() - began)
      await sleep(5)
    }
  })()
  return {
    longest() {
      const was = longest
      longest = 0
      return was
    },
    async end() {
      over = true
      await done
    },
  }
}

test("they are denied within a second, others wait for no post longer than a tenth of one, and they end up in no room", async () => {
  await using here = await place()
  const { apps, ann, cyd, removed } = here
  const talks = [talking(apps[0], ann), talking(apps[1], cyd)]
  const longest = () => Math.max(...talks.map(({ longest }) => longest()))
  const found: string[] = []
  let isHeld = false
  for (const { person, session } of removed) {
    expect((await roomsOf(apps[0].db.sql, person.id)).size).toBe(MOST_JOINED)
    longest()
    await sleep(1_500)
    const usual = longest()

    const began = performance.now()
    await perform(apps[0], ann, { type: "expel", username: person.name })
    const denied = performance.now() - began
    for (const { db } of apps) expect(await sessionStands(db.sql, session)).toBe(false)
    const { size } = await roomsOf(apps[1].db.sql, person.id)
    expect(size).toBeGreaterThan(0) // or there was nothing to do meanwhile
    await until("they are in no room", async () => (await roomsOf(apps[1].db.sql, person.id)).size === 0, 30_000)
    const meanwhile = longest()
    found.push(`denied after ${denied.toFixed()} ms, a post took ${meanwhile.toFixed()} ms, ${usual.toFixed()} before`)
    isHeld = denied < Math.max(DENIED_MS, BUSY * usual) && meanwhile < Math.max(POST_MS, BUSY * usual)
    if (isHeld) break
  }
  for (const { end } of talks) await end()
  expect([isHeld, found]).toEqual([true, found])
})

test("a process that dies in the midst of it leaves the rest to another", async () => {
  await using here = await place()
  const { apps, ann, removed } = here
  const bob = removed[0]!
  await apps[0].removals.close() // it does the first part, and no more
  await perform(apps[0], ann, { type: "expel", username: "bob" })
  const { size } = await roomsOf(apps[1].db.sql, bob.person.id)
  expect(size).toBeGreaterThan(MOST_JOINED / 2)
  await until("they are in no room", async () => (await roomsOf(apps[1].db.sql, bob.person.id)).size === 0, 30_000)
  expect(await isMember(apps[1].db.sql, 1, bob.person.id)).toBe(false)
  await until("nothing is left to do", async () => (await apps[1].db.sql`select 1 from removals`).length === 0)
})
