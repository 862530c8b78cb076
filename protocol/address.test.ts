import { expect, test } from "bun:test"
import { parseAddress } from "./address.ts"

const marks = (units: number) => `a${"\u0301".repeat(units / 2)}${"\u0327".repeat(units / 2)}`
const encoded = `a${"%cc%81".repeat(300)}${"%cc%a7".repeat(300)}`
const spelled = `xn--a-${"g".repeat(3_000)}`

test.each([marks(3_000), encoded, spelled])(
  "a host that takes long is not parsed, however it is reached: %.20s",
  (host) => {
    const starts = [
      "http://",
      "https:",
      "http:/",
      "http:///",
      "HTTP:\\\\",
      "\0 http://",
      "ht\ntp:/\t/",
      "//",
      "/\\",
      "\\\\",
      "/\t/",
      "http://user:password@",
      "ws://",
      "file://",
    ]
    for (const start of starts)
      for (const end of ["", "/", "?a", "#a", ":80"])
        expect([start, end, parseAddress(start + host + end, "http://here.invalid")]).toEqual([start, end, null])
  },
)

test("what is longer than any address is none, and all else is what the parser makes of it", () => {
  expect(parseAddress(`http://a.example/${"x".repeat(4_349)}`)).toBeNull()
  expect(parseAddress("nonsense")).toBeNull()
  for (const address of [
    "http://a.example:80/b?c#d",
    `http://${"é".repeat(20)}.example`,
    `redis://:${"x".repeat(1_000)}@redis:6379/1`,
    `postgres://user:${"%2F".repeat(500)}@db.example/name`,
    `http://a.example/${"é".repeat(4_000)}`,
    `/${"é".repeat(4_000)}`,
    "http:b",
    "null",
  ])
    for (const base of [undefined, "http://here.invalid"])
      expect(parseAddress(address, base)?.href).toBe(URL.parse(address, base)?.href)
})
