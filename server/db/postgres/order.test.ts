import { expect, test } from "bun:test"
import { freshDatabase, OF_A_LANGUAGE } from "../../../test/postgres.ts"
import { standingPostgres } from "../../../test/standing.ts"
import { openApp, settle } from "../../../test/world.ts"
import { perform } from "../../perform.ts"
import { joinedRooms, otherRooms, type Part } from "../../rooms/rows.ts"

const server = standingPostgres()

const NAMES = [
  "zebra",
  "Émile",
  "a b",
  "a-c",
  "a_d",
  "ab",
  "Ärger",
  "日本",
  "😀",
  "ｚ",
  "10",
  "9",
  "ёлка",
  "_meta",
  "étude",
]

test("rooms are listed by the bytes of their addresses in a database of any language, page by page, as on SQLite", async () => {
  const listed: string[][] = []
  for (const template of ["template1", OF_A_LANGUAGE]) {
    await using database = await placeIn(template)
    const { app } = database
    const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
    for (const name of NAMES) await perform(app, bob, { type: "open", name })
    const all = async (list: (part: Part) => ReturnType<typeof joinedRooms>) => {
      const slugs: string[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const { rooms, more } = await list({ limit: 4, after })
        slugs.push(...rooms.map(({ slug }) => slug))
        after = more
      }
      return slugs
    }
    const mine = await all((part) => joinedRooms(app.db.sql, bob.person.id, part))
    const others = await all((part) => otherRooms(app.db.sql, ann.person.id, part))
    expect(mine).toEqual([...others, "talk"].toSorted(byBytes))
    expect(others).toEqual(others.toSorted(byBytes))
    expect(new Set(others).size).toBe(NAMES.length)
    listed.push(mine)
  }
  expect(listed[0]).toEqual(listed[1]!)
}, 30_000)

const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

async function placeIn(template: string) {
  const { url, drop } = await freshDatabase(server.url, template)
  const app = await openApp(undefined, { DATABASE_URL: url })
  return {
    app,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await drop()
    },
  }
}
