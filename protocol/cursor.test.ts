import { expect, test } from "bun:test"
import fc from "fast-check"
import { cursorAt, parseCursor } from "./cursor.ts"
import { Refusal } from "./refusal.ts"

test("a cursor comes back as it was made", () => {
  const epoch = fc.stringMatching(/^[a-z0-9]{1,32}$/)
  fc.assert(
    fc.property(epoch, fc.nat(), (epoch, tick) => expect(parseCursor(cursorAt(epoch, tick))).toEqual({ epoch, tick })),
  )
})

test("a bare number is a tick of the present epoch", () => {
  expect(parseCursor("17")).toEqual({ epoch: null, tick: 17 })
  expect(parseCursor("0")).toEqual({ epoch: null, tick: 0 })
})

test("an epoch of digits is not taken for a tick", () => {
  expect(parseCursor("123.45")).toEqual({ epoch: "123", tick: 45 })
})

test.each([
  "",
  ".",
  "a.",
  ".5",
  "-1",
  "a.-1",
  "1e9",
  "a.1.2",
  "A.1",
  " 1",
  "1\n",
  "a.1\n",
  "9".repeat(16),
  "٣",
  "a.0x1",
])("%j is no cursor", (text) => expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: "invalid" })))

test("whatever is sent as a cursor is one, or is refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      try {
        expect(Number.isSafeInteger(parseCursor(text).tick)).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
  )
})
