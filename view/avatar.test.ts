import { expect, test } from "bun:test"
import { initialOf, lookOf } from "./avatar.tsx"

test("a name has one look, however it is written", () => {
  expect(lookOf("Ann")).toBe(lookOf("Ann"))
  expect(lookOf("ANN")).toBe(lookOf("ann"))
  expect(lookOf("Ann")).toMatch(/^hue-\d+ shape-\d$/)
})

test("names that are alike do not look alike", () => {
  const looks = Array.from({ length: 20 }, (_, index) => lookOf(`user${index}`))
  expect(new Set(looks).size).toBeGreaterThan(14)
})

test("the initial is the first letter or digit, without what is stacked on it", () => {
  expect(initialOf("ann")).toBe("A")
  expect(initialOf("__xX_dark")).toBe("X")
  expect(initialOf("7up")).toBe("7")
  expect(initialOf("李娜")).toBe("李")
  expect(initialOf("Z̷̢̛algo")).toBe("Z")
  expect(initialOf("👩‍🚀 jo")).toBe("👩‍🚀")
  expect(initialOf("--")).toBe("-")
})
