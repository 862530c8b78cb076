import { expect, test } from "bun:test"
import { openApp } from "../../test/world.ts"
import { Devices, openDevices } from "./devices.ts"

const devices = new Devices("a secret")

test("a browser is known for the accounts that it signed in to, five at most, and for no other", () => {
  let cookie: string | undefined
  const accounts = ["ann", "bob", "cyd", "dan", "eve", "fay"]
  for (const account of accounts) {
    expect(devices.known(cookie, account)).toBeNull()
    cookie = devices.cookieFor(cookie, account)
    expect(devices.known(cookie, account)).toMatch(/^[\w-]{16}$/)
  }
  expect(accounts.map((account) => devices.known(cookie, account) !== null)).toEqual([
    false,
    true,
    true,
    true,
    true,
    true,
  ])
  expect(devices.known(cookie, "gus")).toBeNull()
  const again = devices.cookieFor(cookie, "bob")
  expect(devices.known(again, "cyd")).toBe(devices.known(cookie, "cyd"))
  for (const account of accounts) expect(again).not.toContain(account)
})

test("a cookie that is not ours, or was changed in any place, makes nobody known", () => {
  const cookie = devices.cookieFor(undefined, "ann")
  expect(devices.known(cookie, "ann")).not.toBeNull()
  for (let at = 0; at < cookie.length; at++) {
    const other = cookie[at] === "A" ? "B" : "A"
    expect(devices.known(cookie.slice(0, at) + other + cookie.slice(at + 1), "ann")).toBeNull()
    expect(devices.known(cookie.slice(0, at), "ann")).toBeNull()
  }
  for (const evil of [
    undefined,
    "",
    ".",
    "..",
    "a.b.c",
    `${cookie}x`,
    `x${cookie}`,
    "\u{1F600}",
    "x".repeat(1_000_000),
  ])
    expect(devices.known(evil, "ann")).toBeNull()
  expect(new Devices("another secret").known(cookie, "ann")).toBeNull()
})

test("a place makes its secret once, whoever asks first, and knows its browsers after a start", async () => {
  await using app = await openApp()
  const all = await Promise.all(Array.from({ length: 5 }, () => openDevices(app.db)))
  const cookie = app.devices.cookieFor(undefined, "ann")
  for (const other of all) expect(other.known(cookie, "ann")).toBe(app.devices.known(cookie, "ann"))
})
