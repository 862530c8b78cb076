import { expect, test } from "bun:test"
import fc from "fast-check"
import { plain } from "../../protocol/sought.ts"
import { processorMs } from "../../test/processor.ts"
import { openApp, settle } from "../../test/world.ts"
import { perform } from "../perform.ts"
import { isWithin, roomsLike, roomsWith } from "./find.ts"
import { otherRooms } from "./rows.ts"

async function placeWith(...names: string[]) {
  const app = await openApp()
  const ann = await settle(app, "ann")
  for (const name of names) await perform(app, ann, { type: "open", name })
  return { app, ann, sql: app.db.sql }
}

const names = (rooms: { name: string }[]) => rooms.map(({ name }) => name)

test.each([
  ["gard", ["Gardening", "Roof garden"]],
  ["GARD", ["Gardening", "Roof garden"]],
  ["\uff47\uff41\uff52\uff44", ["Gardening", "Roof garden"]], // wide letters
  ["ecole", ["\u00c9cole"]],
  ["E\u0301col", ["\u00c9cole"]],
  ["f garden", ["Roof garden"]],
  ["\u0441\u0430\u0434", ["\u0421\u0430\u0434"]], // Cyrillic, in capitals and not
  ["\u96fb", ["\u96fb\u8eca"]],
  ["  ", []],
  ["%", []],
  ["_", []],
  ["nothing", []],
])("%j finds %j, those that begin with it first", async (typed, found) => {
  const place = await placeWith("Roof garden", "Gardening", "\u00c9cole", "\u0421\u0430\u0434", "\u96fb\u8eca")
  await using _ = place.app
  expect(names(await roomsWith(place.sql, typed, 10))).toEqual(found)
})

test("what is found stands in the order of all lists", async () => {
  const place = await placeWith("Book 13", "Book 7", "book 1", "A book", "\u00c4 book")
  await using _ = place.app
  expect(names(await roomsWith(place.sql, "book", 10))).toEqual([
    "book 1",
    "Book 7",
    "Book 13",
    "A book",
    "\u00c4 book",
  ])
})

test.each([
  ["release no", ["release-notes", "Pre-release notes"]],
  ["release_no", ["release-notes", "Pre-release notes"]],
  ["Release - No", ["release-notes", "Pre-release notes"]],
  ["release ", ["release-notes", "Pre-release notes"]],
  ["pre release", ["Pre-release notes"]],
  ["summer p", ["Summer_party plans"]],
  ["party-plans", ["Summer_party plans"]],
  ["a b", ["a - b"]],
  ["a-b", ["a - b"]],
  ["c++", ["C++"]],
  ["v1.0", ["v1.0"]],
  ["v1 0", []],
  ["releasenotes", []],
  ["_", ["- -"]],
  ["--", ["- -"]],
])("%j finds %j, whatever parts the words", async (typed, found) => {
  const place = await placeWith(
    "Pre-release notes",
    "release-notes",
    "Summer_party plans",
    "a - b",
    "C++",
    "v1.0",
    "- -",
  )
  await using _ = place.app
  expect(names(await roomsWith(place.sql, typed, 10))).toEqual(found)
})

test("no more are found than asked for", async () => {
  const place = await placeWith("one", "stone", "bone")
  await using _ = place.app
  expect(await roomsWith(place.sql, "one", 2)).toHaveLength(2)
})

test.each([
  ["suport", ["Support"]],
  ["Supprot", ["Support"]],
  ["sup-port", ["Support"]],
  ["bookclub", ["Book club"]],
  ["Book clubs", ["Book club"]],
  ["Sup", []],
  ["Airport", []],
  ["tall", ["talk"]],
  ["tea", []],
])("who opens %j is told of %j", async (name, alike) => {
  const place = await placeWith("Support", "Book club")
  await using _ = place.app
  expect(names(await roomsLike(place.sql, name, 3))).toEqual(alike)
})

test("a slip is a letter put in, left out, changed or swapped, from either side", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 })
  fc.assert(
    fc.property(word, word, fc.nat(7), fc.constantFrom("x", ""), (one, other, at, put) => {
      expect(isWithin(one, other, 2)).toBe(isWithin(other, one, 2))
      expect(isWithin(one, one.slice(0, at) + put + one.slice(at), 1)).toBe(true)
      expect(isWithin(one, one.slice(0, at) + put + one.slice(at + 1), 1)).toBe(true)
      const [left = "", right = ""] = [one[at], one[at + 1]]
      expect(isWithin(one, one.slice(0, at) + right + left + one.slice(at + 2), 1)).toBe(true)
    }),
  )
  expect(isWithin("abcd", "dcba", 2)).toBe(false)
})

test("a room that everyone has left, and in which nothing was said, is named to nobody any more", async () => {
  const place = await placeWith("suport", "Support")
  await using app = place.app
  const bob = await settle(app, "bob", { inside: false })
  const others = async () => names((await otherRooms(app.db.sql, bob.person.id, { limit: 10 })).rooms).sort()
  expect(await others()).toEqual(["Support", "suport", "talk"])
  await perform(app, place.ann, { type: "leave", room: "suport" })
  expect(await others()).toEqual(["Support", "talk"])
  expect(names(await roomsWith(app.db.sql, "sup", 5))).toEqual(["Support"])
  // What was said stays, whoever leaves; and the room that all begin in does, too.
  await perform(app, place.ann, { type: "post", room: "Support", text: "it stays" })
  await perform(app, place.ann, { type: "leave", room: "Support" })
  await perform(app, place.ann, { type: "leave", room: "talk" })
  expect(await others()).toEqual(["Support", "talk"])
  // Whoever names it is in it: nothing was lost.
  await perform(app, bob, { type: "open", name: "suport" })
  expect(names(await roomsWith(app.db.sql, "suport", 5))).toEqual(["suport"])
})

test("a slip is one in whatever alphabet, also where each letter is two units", async () => {
  const adlam = (letters: string) =>
    letters.replace(/[a-z]/g, (one) => String.fromCodePoint(0x1e922 + one.charCodeAt(0) - 97))
  const place = await placeWith(adlam("gardening"), adlam("cooking"))
  await using _ = place.app
  expect(names(await roomsLike(place.sql, adlam("gardenimg"), 3))).toEqual([adlam("gardening")])
  expect(isWithin(adlam("abcdef"), adlam("abxdef"), 1)).toBe(true)
})

/** As it is defined: letters put in, left out, changed or swapped, of which none is touched twice. */
function slipsBetween(before: string, after: string): number {
  const [one, other] = [Array.from(before), Array.from(after)]
  const rows = [Array.from({ length: other.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= one.length; i++) {
    const [row, last, earlier] = [[i], rows[i - 1]!, rows[i - 2]]
    for (let j = 1; j <= other.length; j++) {
      const changed = last[j - 1]! + Number(one[i - 1] !== other[j - 1])
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, changed, isSwapped ? earlier![j - 2]! + 1 : changed))
    }
    rows.push(row)
  }
  return rows[one.length]![other.length]!
}

test("names are near when so few slips lie between them, however they are told apart", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "\ud83a\udd22", "\ud83a\udd23"), maxLength: 9 })
  const pair = fc.tuple(word, word, word, word).map(([a, b, c, d]) => [a + b + c, a + d + c] as const)
  fc.assert(
    fc.property(pair, fc.nat(2), ([one, other], slips) => {
      expect(isWithin(one, other, slips)).toBe(slipsBetween(one, other) <= slips)
    }),
    { numRuns: 5_000 },
  )
})

test("thousands of names that begin alike are compared in a few milliseconds, and others are let in between", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const begin = "q".repeat(70)
  const letters = (i: number) =>
    String.fromCharCode(97 + (i % 23), 97 + (Math.floor(i / 23) % 23), 97 + Math.floor(i / 529))
  await app.db.tx(async (sql) => {
    for (let i = 0; i < 3_000; i++) {
      const name = begin + letters(i) + letters(i)
      await sql`
        insert into rooms (id, slug, name, found, at, tick)
        values (${100_000 + i}, ${name}, ${name}, ${plain(name)}, 0, 0)`
    }
    await sql`insert into members (room, person, present, tick) select id, ${ann.person.id}, 1, 0 from rooms where id >= 100000`
  })
  const [costs, steps] = [[] as number[], [] as number[]]
  for (let i = 0; i < 6; i++) {
    const began = processorMs()
    let [last, longest, isOver] = [began, 0, false]
    const watching = (async () => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve))
        const now = processorMs()
        longest = Math.max(longest, now - last)
        last = now
      }
    })()
    expect(await roomsLike(app.db.sql, `${begin}zzzzzzzz`, 3)).toEqual([])
    costs.push(processorMs() - began)
    isOver = true
    await watching
    steps.push(longest)
  }
  expect(Math.min(...costs)).toBeLessThan(50)
  expect(Math.min(...steps)).toBeLessThan(10)
  expect(names(await roomsLike(app.db.sql, `${begin}${letters(7)}${letters(7).toUpperCase()}x`, 3))).toContain(
    begin + letters(7) + letters(7),
  )
}, 30_000)
