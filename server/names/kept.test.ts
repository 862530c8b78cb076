import { Database } from "bun:sqlite"
import { describe, expect, test } from "bun:test"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { logged, openApp, PASSWORD, type SignedIn, settle, temporaryFolder } from "../../test/world.ts"
import { type App, createApp } from "../app.ts"
import { readConfig } from "../config.ts"
import { listPeople } from "../people/rows.ts"
import { perform } from "../perform.ts"
import { roomsWith } from "../rooms/find.ts"
import { findRoom } from "../rooms/rows.ts"
import { keepNames } from "./kept.ts"

const nobody = { person: null, session: null, address: "local" }
const register = (app: App, username: string) =>
  perform(app, nobody, { type: "register", username, password: PASSWORD, registration: "open" })
const open = async (app: App, who: SignedIn, name: string) => (await perform(app, who, { type: "open", name })).answer

describe("people", () => {
  test("never come to stand beside a look-alike, and the first to come owns the place by whatever name", async () => {
    await using app = await openApp()
    await register(app, "admin")
    await register(app, "vic")
    await register(app, "Fin")
    await register(app, "jan")
    await register(app, "ওমেৎ")
    for (const other of [
      "j\u0307an",
      "ওমেত\u09cd\u200d",
      "νic",
      "VIC",
      "vic_",
      "ſin",
      "ﬁn",
      "v1c".replace("1", "і"),
      "Admin.",
      "аdmin",
    ])
      await expect(register(app, other)).rejects.toMatchObject({ code: expect.stringMatching(/taken|invalid/) })
    for (const kept of ["system", "Parlour", "here", "O.W.N.E.R"])
      await expect(register(app, kept)).rejects.toMatchObject({ code: "taken" })
    await register(app, "victor")
  })

  test("who register at once under names that look alike are one", async () => {
    await using app = await openApp()
    await register(app, "olga")
    const tries = await Promise.allSettled(["ann", "Ann", "ann.", "аnn", "a_n_n"].map((name) => register(app, name)))
    expect(tries.filter(({ status }) => status === "fulfilled").length).toBe(1)
  })

  test("are found in any case, accent, width and spelling, and listed in one order", async () => {
    await using app = await openApp()
    for (const name of ["Émile", "emil", "Zoë", "łukasz", "Ёлка", "Straße", "ann_1", "אסתר"]) await settle(app, name)
    await app.db.tx((sql) => sql`update people set password = 'x'`)
    const found = async (typed: string) => (await listPeople(app.db.sql, typed, 10)).map(({ name }) => name)
    for (const typed of ["émile", "EMILE", "e\u0301mile", " Emile", "ｅｍｉｌｅ", "mil\u200be"])
      expect(await found(typed)).toContain("Émile")
    expect(await found("emil")).toEqual(["emil", "Émile"])
    for (const typed of ["Lukasz", "ŁUKA"]) expect(await found(typed)).toEqual(["łukasz"])
    expect(await found("елка")).toEqual(["Ёлка"])
    expect(await found("STRASS")).toEqual(["Straße"])
    expect(await found("_")).toEqual(["ann_1"])
    expect(await found("%")).toEqual([])
    for (const typed of ["ann 1", "ann-1", "ann _ 1", "_1"]) expect(await found(typed)).toEqual(["ann_1"])
    for (const typed of ["ann1", "nn- 2"]) expect(await found(typed)).toEqual([])
    expect(await found("")).toEqual(["ann_1", "emil", "Émile", "łukasz", "Straße", "Zoë", "Ёлка", "אסתר"])
  })
})

describe("whichever sign one's keyboard has", () => {
  test("people sign in by it, and are found", async () => {
    await using app = await openApp()
    for (const name of ["വിപി\u0d7b", "Anne\u2011Marie", "בן\u05beדוד", "Gʻayrat", "مهدی", "Marcel·la"])
      await register(app, name)
    for (const username of ["വിപി\u0d7b", "വിപിന\u0d4d\u200d", "anne-marie", "Anne\u2011Marie", "בן-דוד"])
      expect((await perform(app, nobody, { type: "signIn", username, password: PASSWORD })).answer).toEqual(
        expect.any(String),
      )
    const signIn = (username: string) => perform(app, nobody, { type: "signIn", username, password: PASSWORD })
    for (const username of ["വിപി\u0d7d", "annemarie"])
      await expect(signIn(username)).rejects.toMatchObject({ code: "unauthorized" })
    await expect(register(app, "വിപിന\u0d4d\u200d")).rejects.toMatchObject({ code: "taken" })
    for (const [typed, name] of [
      ["വിപിന\u0d4d\u200d", "വിപി\u0d7b"],
      ["g'ayrat", "Gʻayrat"],
      ["مهدي", "مهدی"],
      ["marcella", "Marcel·la"],
      ["anne\u2013m", "Anne-Marie"],
    ] as const)
      expect((await listPeople(app.db.sql, typed, 10)).map((one) => one.name)).toEqual([name])
  }, 20_000)

  test("rooms are entered and found by it", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    for (const name of ["Ann's room", "🤷‍♂ help", "質問ある？", "50％オフ", "കാ\u0d7c", "کشور\u200cها", "محم\u0640د"]) {
      const room = await open(app, ann, name)
      expect([name, room.name]).toEqual([name, name])
      for (const typed of [room.slug, name]) expect((await findRoom(app.db.sql, typed))?.id).toBe(room.id)
      expect((await open(app, ann, room.slug)).id).toBe(room.id)
    }
    for (const [typed, name] of [
      ["🤷‍♂️ help", "🤷‍♂ help"],
      ["കാര\u0d4d\u200d", "കാ\u0d7c"],
      ["کشورها", "کشور\u200cها"],
    ] as const)
      expect((await open(app, ann, typed)).name).toBe(name)
    for (const [typed, name] of [
      ["ann\u2019s", "Ann's room"],
      ["محمد", "محم\u0640د"],
      ["質問ある?", "質問ある？"],
      ["50%", "50％オフ"],
    ] as const)
      expect((await roomsWith(app.db.sql, typed, 10)).map((room) => room.name)).toEqual([name])
  })
})

describe("rooms", () => {
  test("that look like one that is open are refused by its name; imported ones are taken as they come", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    for (const name of ["tаlk", "ТALK", "talk!", "«Talk»", "t\u0430lk"])
      await expect(open(app, ann, name)).rejects.toMatchObject({
        code: expect.stringMatching(/taken|invalid/),
        field: "name",
      })
    await expect(open(app, ann, "talk!")).rejects.toThrow('There is a room called "talk"')
    expect((await open(app, ann, "TALK")).name).toBe("talk")
    await expect(open(app, ann, "Сhess")).rejects.toThrow("several alphabets") // with a Cyrillic letter
    const line = { room: "talk!", author: "x", at: 1_570_472_456_000, text: "hi", nonce: "n" }
    expect((await perform(app, ann, { type: "import", lines: [line] })).answer).toMatchObject({ added: 1 })
    const mixed = { ...line, room: "Сhess", nonce: "m" }
    expect((await perform(app, ann, { type: "import", lines: [mixed] })).answer).toMatchObject({ added: 1 })
  })

  test("of emoji are as many as there are to be seen", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    const flag = (letters: string) =>
      `\u{1f3f4}${Array.from(letters, (one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join("")}\u{e007f}`
    const signs = [
      "❤️",
      "☕",
      "👍",
      "👍🏽",
      "👩‍👩‍👧‍👦",
      "👩‍👩‍👦",
      "\u{1f3f4}",
      flag("gbeng"),
      flag("gbsct"),
      flag("gbwls"),
      "🏳️‍🌈",
      "1️⃣",
    ]
    const ids = new Map<number, string>()
    for (const sign of signs) {
      const room = await open(app, ann, sign)
      expect([sign, ids.get(room.id)]).toEqual([sign, undefined])
      ids.set(room.id, sign)
      for (const typed of [sign, room.slug]) expect((await findRoom(app.db.sql, typed))?.id).toBe(room.id)
    }
    expect((await open(app, ann, "❤")).name).toBe("❤️")
  })

  test.each(["T\u0308EAM", "J\u030caz", "W\u030aow", "\u0399\u0308\u0301", "e\u034f\u0301x"])(
    "%s is entered by its address, by its name and by hand",
    async (name) => {
      await using app = await openApp()
      const ann = await settle(app, "ann")
      const room = await open(app, ann, name)
      expect((await findRoom(app.db.sql, room.slug))?.id).toBe(room.id)
      expect((await open(app, ann, room.slug)).id).toBe(room.id)
      expect((await open(app, ann, room.name)).id).toBe(room.id)
    },
  )

  test("opened by an older version at an address that was none are entered by it, and by their names", async () => {
    await using app = await openApp()
    const ann = await settle(app, "ann")
    // As version 0.1 wrote them.
    for (const [id, slug, name] of [
      [901, "t\u0308eam", "T\u0308EAM"],
      [902, "stra\u00dfe", "Stra\u00dfe"],
      [903, "\u03bf\u03b4\u03cc\u03c2", "\u039f\u03b4\u03cc\u03c2"],
      [904, "w\u030aow", "W\u030aow"],
      [905, "\u1e98ow", "\u1e98ow"], // made by who could not enter the one before
      [906, "കാ\u0d7c", "കാ\u0d7c"], // a spelling that was another address until 0.2
    ] as const)
      await app.db.tx((sql) => sql`insert into rooms (id, slug, name, at, tick) values (${id}, ${slug}, ${name}, 0, 0)`)
    const idAt = async (typed: string) => (await findRoom(app.db.sql, typed))?.id
    for (const typed of ["t\u0308eam", "T\u0308EAM"]) expect(await idAt(typed)).toBe(901)
    for (const typed of ["stra\u00dfe", "Stra\u00dfe"]) expect(await idAt(typed)).toBe(902)
    expect(await idAt("\u039f\u03b4\u03cc\u03c2")).toBe(903)
    expect(await idAt("w\u030aow")).toBe(904)
    expect(await idAt("\u1e98ow")).toBe(905)
    expect(await idAt("കാ\u0d7c")).toBe(906)
    expect((await open(app, ann, "Stra\u00dfe")).id).toBe(902)
  })
})

describe("a place of before", () => {
  test("is seen to some rows at a time, on either database, and only those that need it", async () => {
    await using app = await openApp()
    for (let i = 0; i < 450; i++) await settle(app, `someone${i}`, { inside: false })
    const looks = () => app.db.sql`select kind, look, thing from looks order by kind, thing, look`
    const before = await looks()
    await app.db.tx(async (sql) => {
      await sql`delete from looks where thing > 100`
      await sql`update people set rule = null, folded = null, found = null where id > 100`
      await sql`update rooms set rule = 0, found = null`
    })
    expect((await looks()).length).toBeLessThan(before.length)
    await Promise.all([keepNames(app.db), keepNames(app.db)]) // as two processes would
    expect(new Set((await looks()).map((row) => JSON.stringify(row)))).toEqual(
      new Set(before.map((row) => JSON.stringify(row))),
    )
    expect(await app.db.sql`select 1 from people where rule is null or folded is null or found is null`).toEqual([])
    expect(await app.db.sql`select 1 from rooms where rule is null or rule = 0 or found is null`).toEqual([])
  })

  test("says what it waits for, where that takes long, and nothing where there is nothing to do", async () => {
    await using app = await openApp()
    for (const name of ["ann", "bob", "cyd"]) await settle(app, name)
    const lines = await logged(async (log) => {
      await keepNames(app.db)
      expect(log).toEqual([])
      await app.db.tx((sql) => sql`update people set rule = null`)
      await keepNames(app.db, 0)
    })
    expect(lines).toEqual([expect.stringMatching(/^All names here are folded anew.*Parlour opens when it is done\./)])
  })

  test("is brought up to date when it is opened, though it is broken off in the midst of it, and everyone signs in", async () => {
    const folder = await temporaryFolder()
    const config = readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off" })
    const before = await createApp(config)
    await register(before, "olga")
    const hash = (await before.db.sql<{ password: string }>`select password from people`)[0]!.password
    await before.close()

    // People and rooms as version 0.1 knew them, some of whom look alike.
    const file = new Database(join(folder, "parlour.db"))
    const names = [
      "ann.",
      "ann_",
      "νic",
      "vic",
      "admin",
      "Émile",
      "Ωmega",
      "łukasz",
      ...Array.from({ length: 500 }, (_, i) => `someone${i}`),
    ]
    for (const [i, name] of names.entries())
      file.run(
        "insert into people (id, name, skeleton, password, role, at, tick) values (?, ?, ?, ?, 'member', 0, 0)",
        [1000 + i, name, name, hash],
      )
    for (const [i, name] of ["talk.", "tаlk", "Support"].entries())
      file.run("insert into rooms (id, slug, name, at, tick) values (?, ?, ?, 0, 0)", [
        2000 + i,
        name.toLowerCase(),
        name,
      ])
    file.run("delete from looks")
    file.run("update people set rule = null where id < 1200")
    file.close()

    const app = await createApp(config)
    const { sql } = app.db
    expect(await sql`select id from people where rule is null or folded is null or found is null`).toEqual([])
    expect(await sql`select id from rooms where rule is null or found is null`).toEqual([])
    for (const username of ["ann.", "ann_", "νic", "VIC", "Admin", "émile", "ÉMILE", "ωmega", "Łukasz", "SOMEONE499"])
      expect((await perform(app, nobody, { type: "signIn", username, password: PASSWORD })).answer).toEqual(
        expect.any(String),
      )
    for (const username of ["ann", "Someone49.", "vіc", "ÉMILE."])
      await expect(register(app, username)).rejects.toMatchObject({ code: expect.stringMatching(/taken|invalid/) })
    const rows = await sql`select kind, look, thing from looks order by kind, look, thing`
    await app.close()

    const again = await createApp(config)
    expect(await again.db.sql`select kind, look, thing from looks order by kind, look, thing`).toEqual(rows)
    await again.close()
    await rm(folder, { recursive: true })
  }, 60_000)
})
