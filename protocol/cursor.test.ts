import { expect, test } from "bun:test"
import fc from "fast-check"
import { cursorAt, isCursor, parseCursor } from "./cursor.ts"

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
])("%j is no cursor", (text) => {
  expect(isCursor(text)).toBe(false)
  expect(() => parseCursor(text)).toThrow("No cursor")
})

test("whatever is sent is taken for a cursor only where it can be read as one", () => {
  const alike = fc.string({ unit: fc.constantFrom(..."a0.9-e \n\u0663"), maxLength: 40 })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), alike), (text) => {
      if (isCursor(text)) expect(Number.isSafeInteger(parseCursor(text).tick)).toBe(true)
      else expect(() => parseCursor(text)).toThrow()
    }),
  )
})
