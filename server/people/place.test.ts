import { expect, test } from "bun:test"
import { openApp, settle } from "../../test/world.ts"
import { perform } from "../perform.ts"
import { newInvite, placeName, readPlace } from "./place.ts"

const settings = { type: "changeSettings" } as const

test("the owner renames the place, says who may join, and makes a new invite, each by itself", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  await perform(app, owner, { ...settings, newInvite: true })
  const first = await readPlace(app.db.sql)
  await perform(app, owner, { ...settings, name: " Den " })
  expect(await readPlace(app.db.sql)).toEqual({ ...first, name: "Den" })
  await perform(app, owner, { ...settings, registration: "closed" })
  expect(await readPlace(app.db.sql)).toEqual({ ...first, name: "Den", registration: "closed" })
  const { answer } = await perform(app, owner, { ...settings, newInvite: true })
  expect(answer).toEqual({ name: "Den", registration: "closed", invite: expect.stringMatching(/^[\w-]{16}$/) })
  expect(answer.invite).not.toBe(first.invite)
  await perform(app, owner, { ...settings, newInvite: false })
  expect(await readPlace(app.db.sql)).toEqual(answer)
})

test("nobody else changes anything", async () => {
  await using app = await openApp()
  await settle(app, "ann")
  const bob = await settle(app, "bob")
  const before = await readPlace(app.db.sql)
  const nobody = { person: null, session: null, address: "local" }
  for (const [caller, code] of [
    [bob, "forbidden"],
    [nobody, "unauthorized"],
  ] as const)
    for (const part of [{ name: "Mine" }, { registration: "open" as const }, { newInvite: true }])
      await expect(perform(app, caller, { ...settings, ...part })).rejects.toMatchObject({ code })
  expect(await readPlace(app.db.sql)).toEqual(before)
})

test("what REGISTRATION decides the owner cannot, though the rest they can", async () => {
  await using app = await openApp(undefined, { REGISTRATION: "invite" })
  const owner = await settle(app, "ann")
  await expect(perform(app, owner, { ...settings, name: "Den", registration: "open" })).rejects.toMatchObject({
    code: "forbidden",
  })
  expect((await readPlace(app.db.sql)).name).not.toBe("Den")
  await perform(app, owner, { ...settings, name: "Den" })
  expect((await readPlace(app.db.sql)).name).toBe("Den")
})

test("a place's name has one to 80 characters, none of which hides", () => {
  expect(placeName("  Rene\u0301's \u{1f600} ")).toBe("René's \u{1f600}")
  for (const stray of ["a\u202eb", "a\u200bb", "a\0b", "a\nb", "a\ud800b", "a\u200db"])
    expect(() => placeName(stray)).toThrow(expect.objectContaining({ code: "invalid", field: "place" }))
  expect(placeName("\u{1f600}".repeat(80))).toBe("\u{1f600}".repeat(80))
  expect(() => placeName("\u{1f600}".repeat(81))).toThrow(expect.objectContaining({ code: "too_large" }))
  for (const none of ["", "  ", "\u200b", "\u202e\n", "\u3164"])
    expect(() => placeName(none)).toThrow(expect.objectContaining({ code: "invalid" }))
})

test("an invite is of letters and digits alone, however many are made, and never the same", () => {
  const made = Array.from({ length: 500 }, newInvite)
  for (const invite of made) expect(invite).toMatch(/^[A-Za-z0-9]{16}$/)
  expect(new Set(made).size).toBe(made.length)
})
