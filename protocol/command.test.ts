import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { type Command, parseCommand, parseSpoken, plainText } from "./command.ts"
import { lengthOf, MAX_NONCE, MAX_PASSWORD, MAX_TEXT } from "./limits.ts"
import { Refusal, statusOf } from "./refusal.ts"

const text = (text: unknown) => ({ type: "post", room: "talk", text })
const refusal = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) })

describe("what is wrong with a command is said in words, and of which field", () => {
  test.each([
    [text(""), "invalid", "text", /^Write something first/],
    [text(" \n\t "), "invalid", "text", /^Write something first/],
    [{ type: "post", room: "talk" }, "invalid", "text", /^Write something first/],
    [text("x".repeat(MAX_TEXT + 1)), "too_large", "text", /8,000 characters, and this one has 8,001\. Shorten it/],
    [text(5), "invalid", "text", /^A message is text/],
    [{ type: "post", text: "x" }, "invalid", "room", /^Say which room/],
    [{ type: "join", room: -1 }, "invalid", "room", /^Say which room/],
    [{ type: "join", room: 1.5 }, "invalid", "room", /^Say which room/],
    [{ type: "join", room: 2 ** 53 }, "invalid", "room", /^Say which room/],
    [{ type: "join", room: ["talk"] }, "invalid", "room", /^Say which room/],
    [{ type: "leave", room: "x".repeat(401) }, "invalid", "room", /^Say which room/],
    [{ type: "open" }, "invalid", "name", /^A room needs a name/],
    [{ type: "open", name: null }, "invalid", "name", /^A room needs a name/],
    [{ ...text("x"), nonce: "" }, "invalid", "nonce", /visible ASCII/],
    [{ ...text("x"), nonce: "a b" }, "invalid", "nonce", /visible ASCII/],
    [{ ...text("x"), nonce: "x".repeat(MAX_NONCE + 1) }, "invalid", "nonce", /at most 100 characters/],
    [{ ...text("x"), nonce: 7 }, "invalid", "nonce", /^A nonce is text/],
    [{ type: "signIn", username: "ann" }, "invalid", "password", /^Give a password/],
    [{ type: "signIn", password: "long enough" }, "invalid", "username", /^Give a username/],
    [{ type: "signIn", username: "ann", password: "x".repeat(MAX_PASSWORD + 1) }, "invalid", "password", /1000/],
    [{ type: "signIn", username: "x".repeat(401), password: "x" }, "invalid", "username", /at most 40 characters/],
    [{ type: "register", username: ["ann"], password: "long enough" }, "invalid", "username", /^Give a username/],
    [{ type: "setPassword", password: "long enough" }, "invalid", "token", /link is incomplete/],
    [{ type: "changeSettings", registration: "everyone" }, "invalid", "registration", /open, invite or closed/],
    [{ type: "shout", text: "x" }, "invalid", "type", /^There is no command/],
    [{}, "invalid", "type", /^There is no command/],
    [[], "invalid", "type", /^There is no command/],
    [null, "invalid", undefined, /^A command is a JSON object/],
    ["post", "invalid", undefined, /^A command is a JSON object/],
  ])("%j", (input, code, field, words) => {
    expect(() => parseCommand(input)).toThrow(
      expect.objectContaining({ code, field, message: expect.stringMatching(words) }),
    )
  })
})

test("what only a form sends cannot be spoken", () => {
  const administered: Command[] = [
    { type: "register", username: "ann", password: "long enough" },
    { type: "signIn", username: "ann", password: "long enough" },
    { type: "signOut", session: "x" },
    { type: "makePasswordLink", username: "ann" },
    { type: "makeOwnerLink", anew: true },
    { type: "expel", username: "ann" },
    { type: "setPassword", token: "x", password: "long enough" },
    { type: "changeSettings", name: "Mine" },
    { type: "import", lines: [] },
  ]
  for (const command of administered) {
    expect(parseCommand(command)).toEqual(command)
    expect(() => parseSpoken(command)).toThrow(refusal("invalid"))
  }
})

test("a message of 8,000 characters is taken, and not of one more, whatever the characters", () => {
  for (const character of ["x", "é", "語", "\u{1f600}", "\n."]) {
    const whole = character.repeat(MAX_TEXT / lengthOf(character))
    expect(lengthOf(whole)).toBe(MAX_TEXT)
    expect(parseSpoken(text(whole))).toEqual(text(whole) as never)
    expect(() => parseSpoken(text(`${whole}x`))).toThrow(refusal("too_large"))
  }
})

test("characters are counted as they are iterated, halves of them included", () => {
  const parts = fc.constantFrom("\ud83d", "\ude00", "\u{1f600}", "x", "é")
  fc.assert(
    fc.property(fc.array(parts), (all) => {
      const text = all.join("")
      expect(lengthOf(text)).toBe([...text].length)
    }),
  )
})

test("what no database and no screen can hold becomes U+FFFD, and the rest stays", () => {
  expect(plainText("a\0b\u0007c\u001b[31m\u007f")).toBe("a\ufffdb\ufffdc\ufffd[31m\ufffd")
  expect(plainText("a\u0080b\u009b31m\u009dc\u009f, one\u0085two")).toBe("a\ufffdb\ufffd31m\ufffdc\ufffd, one\ntwo")
  expect(plainText("\ud83d half, \ude00 other, \u{1f600} whole")).toBe("\ufffd half, \ufffd other, \u{1f600} whole")
  expect(plainText("one\r\ntwo\rthree\n\tfour")).toBe("one\ntwo\nthree\n\tfour")
  expect(plainText("  indented\n\n  \n")).toBe("  indented")
  expect(parseCommand({ type: "signIn", username: "a\0\ud800", password: "x" })).toMatchObject({
    username: "a\ufffd\ufffd",
  })
})

test("text from anywhere is well-formed once it is parsed, and parsing it again changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (typed) => {
      const once = plainText(typed)
      expect(once.isWellFormed()).toBe(true)
      expect(plainText(once)).toBe(once)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(once).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
    }),
  )
})

test("anything that comes is a command or a refusal with a sentence, never an accident", () => {
  const kinds = ["post", "open", "join", "leave", "register", "signIn", "import", "changeSettings", "__proto__"]
  const fields = ["type", "room", "text", "nonce", "name", "username", "password", "lines", "__proto__", "constructor"]
  const hostile = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom(...fields), fc.oneof(fc.constantFrom(...kinds), fc.string(), fc.anything())),
  )
  fc.assert(
    fc.property(hostile, (input) => {
      try {
        expect(typeof parseCommand(input).type).toBe("string")
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        expect(statusOf[error.code]).toBeGreaterThanOrEqual(400)
        expect(error.message).toMatch(/^["A-Z].*\.$/s)
        expect(error.message).not.toMatch(/Expected|received|undefined/)
      }
    }),
    { numRuns: 2_000 },
  )
})

test("a command holds what was declared and nothing else that came along", () => {
  const input = JSON.parse('{"type":"post","room":"talk","text":"hi","role":"owner","__proto__":{"admin":true}}')
  const parsed = parseSpoken(input)
  expect(parsed).toEqual({ type: "post", room: "talk", text: "hi" })
  expect((parsed as { admin?: boolean }).admin).toBeUndefined()
})
