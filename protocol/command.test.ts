import { expect, test } from "bun:test"
import { parseCommand, parseSpoken } from "./command.ts"
import { MAX_PASSWORD, MAX_TEXT } from "./limits.ts"

const text = (text: string) => ({ type: "post", room: "talk", text })

test.each([
  [text(""), "invalid", "text", /^Write something first/],
  [text("x".repeat(MAX_TEXT + 1)), "too_large", "text", /8,000 characters/],
  [{ type: "signIn", username: "ann", password: "x".repeat(MAX_PASSWORD + 1) }, "invalid", "password", /1000/],
])("what is wrong with a command is said in words, and of which field: %#", (input, code, field, words) => {
  expect(() => parseCommand(input)).toThrow(
    expect.objectContaining({ code, field, message: expect.stringMatching(words) }),
  )
})

test("what only a form sends cannot be spoken", () => {
  const administered = { type: "changeSettings", name: "Mine" }
  expect(parseCommand(administered)).toEqual(administered as never)
  expect(() => parseSpoken(administered)).toThrow(expect.objectContaining({ code: "invalid" }))
})
