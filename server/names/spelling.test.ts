import { expect, test } from "bun:test"
import fc from "fast-check"
import { folded } from "../../protocol/text.ts"
import { accountOf, oneSpelling } from "./spelling.ts"

test("a chillu of Malayalam and its older spelling are one", () => {
  for (const [i, letter] of [..."\u0d23\u0d28\u0d30\u0d32\u0d33\u0d15"].entries())
    expect(oneSpelling(`\u0d35${String.fromCharCode(0xd7a + i)}`)).toBe(oneSpelling(`\u0d35${letter}\u0d4d\u200d`))
})

test("hyphens are one to sign in by", () => {
  for (const hyphen of ["\u2010", "\u2011", "\u05be", "\u058a"]) expect(accountOf(` A${hyphen}b`)).toBe("a-b")
})

test("what only looks alike is not", () => {
  for (const [one, other] of [
    ["\u0d7b", "\u0d28"],
    ["ओ", "अ\u094b"],
    ["j\u0307an", "jan"],
    ["ann", "аnn"],
    ["ann-b", "annb"],
  ] as const)
    expect([one, accountOf(one) === accountOf(other)]).toEqual([one, false])
})

test("both are fixed points, for every character and whatever is put together", () => {
  const wrong: string[] = []
  const tried = (text: string) => {
    if (accountOf(accountOf(`a${text}b`)) !== accountOf(`a${text}b`)) wrong.push(text)
    if (oneSpelling(oneSpelling(text)) !== oneSpelling(text)) wrong.push(text)
    if (folded(oneSpelling(text)) !== oneSpelling(text)) wrong.push(text)
  }
  for (let code = 0; code <= 0xffff; code++) {
    if ((code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xf900)) continue
    for (const more of ["", "\u0d7b", "\u0d7c\u0323\u093c"]) tried(String.fromCharCode(code) + more)
  }
  const part = fc.constantFrom(..."\u0d7a\u0d7b\u0d7f\u0d4d\u0d3e\u0323\u093c\u0301\u200d\u2011\u05be- aI\u0130\u0307")
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => tried(parts.join(""))))
  expect(wrong).toEqual([])
}, 30_000)
