// What is sent is read as exactly one kind, whatever its type is called, and taking it apart holds nobody up.
import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { MAX_TYPED_TEXT } from "../../protocol/limits.ts"
import { processorMs } from "../../test/processor.ts"
import type { Ask } from "./env.ts"
import { fieldsIn, fieldsOf } from "./fields.ts"
import { type Media, mediaOf } from "./media.ts"

const FORM = "application/x-www-form-urlencoded"
const LONGEST = 512 * 1024
const MOST_MS = 50

const kinds: [type: string | undefined, media: Media][] = [
  [FORM, "form"],
  [`${FORM}; charset=utf-8`, "form"],
  [` ${FORM.toUpperCase()} ;x`, "form"],
  [`${FORM};multipart/form-data; boundary=b`, "form"],
  [`${FORM};application/json`, "form"],
  ["application/json", "json"],
  ["Application/JSON;charset=UTF-8", "json"],
  [`application/json; ${FORM}`, "json"],
  ["multipart/form-data; boundary=b", "multipart"],
  ["multipart/form-data", "multipart"],
  [`multipart/form-data; ${FORM}`, "multipart"],
  [`multipart/form-data; boundary=b; x=${FORM}`, "multipart"],
  [`MULTIPART/FORM-DATA ; ${FORM}`, "multipart"],
  [`text/plain; ${FORM}`, "other"],
  [`x${FORM}`, "other"],
  [`${FORM}-x`, "other"],
  [`${FORM}, multipart/form-data`, "other"],
  [`${FORM} multipart/form-data`, "other"],
  [`;${FORM}`, "other"],
  ["application/json-seq", "other"],
  ["application/jsonx", "other"],
  ["multipart/mixed; boundary=b", "other"],
  ["toString", "other"],
  ["__proto__", "other"],
  ["", "other"],
  [undefined, "other"],
]

/** As a handler has it. */
function asking(type: string | undefined, body: string): Ask {
  const req = {
    header: () => type,
    text: async () => body,
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
  }
  return { req } as unknown as Ask
}

const part = (more: string) => `--b\r\nContent-Disposition: form-data; name=a${more}\r\n\r\n\r\n`
const pieces = [
  "a&",
  "&",
  "a=&",
  "=",
  "%41",
  "%ff",
  "%",
  "+",
  "‹",
  "<",
  "--b",
  "a: b\r\n",
  part(""),
  part(";filename=f"),
]
const longest = pieces.flatMap((piece) => {
  const body = piece.repeat(LONGEST / new TextEncoder().encode(piece).length)
  return [body, `message=${body}`.slice(0, -8), `{"message":${JSON.stringify(body)}}`].map((sent) => ({ piece, sent }))
})

async function least(work: () => Promise<unknown>): Promise<number> {
  let took = Number.POSITIVE_INFINITY
  for (let i = 0; i < 6 && took > MOST_MS; i++) {
    const before = processorMs()
    await work().catch(() => {})
    took = Math.min(took, processorMs() - before)
  }
  return took
}

describe.each(kinds)("%s", (type, media) => {
  test("is read as one kind", async () => {
    expect(mediaOf(type)).toBe(media)
    const found = (body: string) =>
      fieldsOf(asking(type, body)).catch(({ code, message }: Error & { code: string }) => `${code}: ${message}`)
    const [asForm, asJson, inParts] = [
      await found("a=b"),
      await found('{"a":"b"}'),
      await found(`${part("")}--b--\r\n`),
    ]
    const refused = expect.stringMatching(/^malformed: Send the form as application\/x-www-form-urlencoded, or as JSON/)
    const unreadable = expect.stringMatching(/^malformed: The form could not be read/)
    const expected = {
      form: [{ a: "b" }, { '{"a":"b"}': "" }, expect.anything()],
      json: [unreadable, { a: "b" }, unreadable],
      multipart: [refused, refused, refused],
      other: [{}, {}, {}],
    }
    expect([asForm, asJson, inParts] as unknown).toEqual(expected[media])
  })

  test("costs little at the bound", async () => {
    const dear = []
    for (const { piece, sent } of longest)
      if ((await least(() => fieldsOf(asking(type, sent)))) > MOST_MS) dear.push(piece)
    expect(dear).toEqual([])
  }, 60_000)
})

/** A piece of a form: as text, or as a byte. */
const sentAs = (pieces: (string | number)[]): Uint8Array =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : Buffer.of(piece))))

/** Each byte beyond ASCII as one writes it in a form: the runtime's own decoder is given nothing else. */
const inAscii = (form: Uint8Array): string =>
  Array.from(form, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `%${byte.toString(16)}`)).join("")

test("fields are what the runtime would make of them, each once, and no more than a hundred; what is no UTF-8 is refused", () => {
  const pieces = [
    ..."ab=&+%4dD?#",
    "%41",
    "%2B",
    "%26",
    "%ff",
    "%E9",
    0xe9,
    0x80,
    "%e2%80%b9",
    "‹",
    "%ef%bf%bd",
    "\ufffd",
    "\ufeff",
    "__proto__",
  ]
  const forms = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map(sentAs)
  const count = { read: 0, refused: 0 }
  fc.assert(
    fc.property(forms, (form) => {
      const ascii = inAscii(form)
      const all = [...new URLSearchParams(`&${ascii}`)]
      const replaced = all.flat().join("").split("\ufffd").length - ascii.split(/%ef%bf%bd/i).length
      count[replaced > 0 ? "refused" : "read"]++
      if (replaced > 0)
        expect(() => fieldsIn(form)).toThrow(
          expect.objectContaining({ code: "malformed", message: "That is not UTF-8. Send it in UTF-8." }),
        )
      else expect(fieldsIn(form)).toEqual(Object.fromEntries(all))
    }),
    { numRuns: 4_000 },
  )
  expect(Math.min(count.read, count.refused)).toBeGreaterThan(500)
  const many = (count: number) => new TextEncoder().encode(Array(count).fill("a=b").join("&"))
  expect(fieldsIn(many(100))).toEqual({ a: "b" })
  expect(() => fieldsIn(many(101))).toThrow("could not be read")
})

test("a text as long as one may be is there as a whole, however it is written, and what is longer is longer", () => {
  for (const [sign, written] of [
    ["‹", "%e2%80%b9"],
    ["‹", "‹"],
    ["a", "%61"],
    ["\u{1f600}", "%f0%9f%98%80"],
  ] as const) {
    const longest = MAX_TYPED_TEXT / sign.length
    const read = (signs: number) => fieldsIn(new TextEncoder().encode(`m=${written.repeat(signs)}`)).m!
    expect(read(longest)).toBe(sign.repeat(longest))
    for (const longer of [longest + 1, 40_000]) expect(read(longer).length).toBeGreaterThan(MAX_TYPED_TEXT)
    // Too long, whatever it is: wherever it is cut, and whatever is behind that.
    for (const before of ["", "a", "aa", "%ff"])
      expect(fieldsIn(sentAs(["m=", before, written.repeat(150_000)])).m!.length).toBeGreaterThan(MAX_TYPED_TEXT)
  }
})
