import { describe, expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import { families, linked } from "../../test/fuzz/texts.ts"
import { Text } from "../../view/text.tsx"
import { weightOf } from "./weight.ts"

const LONGEST = 7_998

describe("a text weighs no less than what is drawn of it, and than it is as data", () => {
  test.each([...families, ...linked].map(({ name, of }) => [name, of(LONGEST).toWellFormed()]))("%s", (_, text) => {
    const drawn = Buffer.byteLength(renderToString(<Text>{text!}</Text>))
    const asData = Buffer.byteLength(JSON.stringify(text).replaceAll("<", "\\u003c"))
    expect(Math.max(drawn, asData)).toBeLessThanOrEqual(weightOf(text!) + 10)
  })
})

test.each([
  ["", 0],
  ["hello there.", 12],
  ["\u4e2d\u6587", 6],
  ["a\nb", 8],
  ["<&>", 18],
  ["see a.de", 4 + 2 * 4 + 80],
  ["a.de ".repeat(60), 60 * 9 + 50 * 80],
])("%j weighs %d", (text, weight) => {
  expect(weightOf(text)).toBe(weight)
})
