// Every list that a page draws is bounded, however many there are, and leads on to the rest. What a search goes through is
// looked at in parts, and finds what it found at once.
import { expect, test } from "bun:test"
import type { Sql } from "../server/db/sql.ts"
import { nextTick } from "../server/live/clock.ts"
import { countImported, insertPerson, listPeople } from "../server/people/rows.ts"
import { setMembership } from "../server/rooms/membership.ts"
import { insertRoom } from "../server/rooms/open.ts"
import { attendance } from "../server/rooms/rows.ts"
import { openApp, settle, type Visitor, type World, world } from "./world.ts"

const ROOMS = 1_300
const JOINED = 700

/** Someone else is in each, or it would not be listed; this person is in some. */
async function manyRooms({ app }: World, { id, name }: Visitor): Promise<void> {
  const other = await settle(app, "bob")
  await app.db.tx(async (sql) => {
    for (let i = 0; i < ROOMS; i++) {
      const room = await insertRoom(sql, `room ${i}`)
      await setMembership(sql, room.id, i < JOINED ? { id, name } : other.person, true)
    }
  })
}

/** People of imported history: so many, doubled until there are at least so many. Doubling adds an x to each name. */
async function manyImported(sql: Sql, first: number, least: number): Promise<void> {
  for (let i = 0; i < first; i++) await insertPerson(sql, { name: `Imported ${i}`, password: null, role: "member" })
  for (let count = first; count < least; count *= 2) {
    const before = (await nextTick(sql, count)) - count
    await sql`
      insert into people (id, name, folded, found, rule, password, role, at, tick)
      select ${before} + row_number() over (order by id), name || 'x', folded || 'x', found || 'x', rule, null, 'member', 0, 0
      from people where name like ${"Imported%"}`
  }
}

/** The rooms that a page links to, one list after the other, and where each list goes on. */
async function listsOf(who: Visitor, path: string) {
  const page = await (await who.fetch(path, { headers: { accept: "text/html" } })).text()
  return [...page.matchAll(/<ul class="room-list">(.*?)<\/ul>/gs)].map(([, list]) => ({
    rooms: [...list!.matchAll(/href="\/chat\/([^/"]+)\/"/g)].map(([, slug]) => slug!),
    rest: list!.match(/class="rest" href="([^"]+)"/)?.[1]?.replaceAll("&amp;", "&"),
  }))
}

test("a member of many rooms gets pages of a bounded size, and by their links every room, once", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  await manyRooms(place, ann)

  const [here, beside] = await listsOf(ann, "/chat/room-650/")
  expect(here!.rooms).toEqual(["room-650"])
  expect([beside!.rooms.includes("room-650"), beside!.rooms.length, beside!.rest]).toEqual([true, 201, "/chat/"])

  for (const [which, all] of [
    [0, JOINED + 1], // and the one where everybody begins
    [1, ROOMS - JOINED],
  ] as const) {
    const seen: string[] = []
    for (let path: string | undefined = "/chat/"; path; ) {
      const list: Awaited<ReturnType<typeof listsOf>>[number] = (await listsOf(ann, path))[which]!
      expect(list.rooms.length).toBeLessThanOrEqual(500)
      seen.push(...list.rooms)
      path = list.rest
    }
    expect([seen.length, new Set(seen).size]).toEqual([all, all])
  }
})

test("a program reads all rooms, too, two thousand at a time", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const others = [await settle(place.app, "bob"), await settle(place.app, "cyd")] as const
  await place.app.db.tx(async (sql) => {
    for (let i = 0; i < 2_100; i++) {
      const room = await insertRoom(sql, `room ${i}`)
      await setMembership(sql, room.id, others[i < 1_000 ? 0 : 1].person, true)
    }
  })
  const read = async (query: string) => {
    const answer = await ann.fetch(`/api/v1/rooms${query}`)
    return (await answer.json()) as {
      others: { slug: string }[]
      more: { rooms: string | null; others: string | null }
    }
  }
  const first = await read("")
  expect([first.others.length, first.more]).toEqual([2_000, { rooms: null, others: first.others.at(-1)!.slug }])
  const second = await read(`?others_after=${first.more.others}`)
  expect([second.others.length, second.more]).toEqual([100, { rooms: null, others: null }])
  expect(new Set([...first.others, ...second.others].map(({ slug }) => slug)).size).toBe(2_100)
})

test("among thousands of rooms that everyone has left the others are found, page by page", async () => {
  await using place = await world()
  const ann = await place.person("ann")
  const bob = await settle(place.app, "bob")
  await place.app.db.tx(async (sql) => {
    for (let i = 10; i < 13; i++) {
      const room = await insertRoom(sql, `room ${i}`)
      await setMembership(sql, room.id, bob.person, true)
    }
    const last = await insertRoom(sql, "zoo")
    await setMembership(sql, last.id, bob.person, true)
    for (let doubled = 4; doubled < 30_000; doubled *= 2) {
      const tick = (await nextTick(sql, 40_000)) - 40_000
      await sql`
        insert into rooms (id, slug, name, at, tick)
        select ${tick} + row_number() over (order by id), slug || ${`-${doubled}`}, name, at, 0 from rooms where slug <> 'zoo'`
    }
  })
  const seen: string[] = []
  let pages = 0
  for (let path: string | undefined = "/chat/"; path; pages++) {
    const lists = await listsOf(ann, path)
    const list = lists.at(-1)!
    seen.push(...list.rooms)
    path = list.rest
  }
  expect([seen, pages > 1]).toEqual([["room-10", "room-11", "room-12", "zoo"], true])
})

test("people are found by part of their name among many thousands, in order; those known from history are counted up to a bound", async () => {
  await using app = await openApp()
  await settle(app, "Ann Arbor")
  await app.db.tx(async (sql) => {
    await manyImported(sql, 90, 11_000)
    for (const name of ["Zoe Porter", "an importer"])
      await insertPerson(sql, { name, password: "none", role: "member" })
  })
  const names = async (find: string, limit = 5) =>
    (await listPeople(app.db.sql, find, limit)).map(({ name, standing }) => `${name}: ${standing}`)
  expect(await names("")).toEqual(["an importer: inside", "Zoe Porter: inside"])
  expect(await names("PORTE")).toEqual([
    "an importer: inside",
    "Zoe Porter: inside",
    "Imported 0: imported",
    "Imported 0x: imported",
    "Imported 0x: imported",
  ])
  expect(await names("89xxxxxx")).toContain("Imported 89xxxxxx: imported")
  expect(await names("%")).toEqual([])
  expect((await listPeople(app.db.sql, "imported 7", 5_000)).length).toBe((11 * 11_520) / 90)
  expect(await countImported(app.db.sql, 10_000)).toBe(10_001)
})

test("a room of tens of thousands is counted in parts, and nobody is left out or counted twice", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const room = await app.db.tx(async (sql) => {
    const { id } = await insertRoom(sql, "hall")
    await setMembership(sql, id, ann.person, true)
    await manyImported(sql, 100, 70_000)
    await sql`
      insert into members (room, person, present, tick) select ${id}, id, case when id % 10 = 0 then 0 else 1 end, 0
      from people where name like ${"Imported%"}`
    return id
  })
  const [{ there } = { there: 0 }] = await app.db.sql<{ there: number }>`
    select sum(present) as there from members where room = ${room}`
  expect(there).toBeGreaterThan(90_000)
  expect(await attendance(app.db.sql, room, ann.person.id)).toEqual({ member: true, members: Number(there) })
})
