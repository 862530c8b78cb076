import { expect, test } from "bun:test"
import { type Asked, askedOf } from "./asked.ts"
import type { Ask } from "./env.ts"
import { queried, shortQuery } from "./query.ts"

const asking = (search: string): Ask => {
  const asked: Asked = askedOf({ url: `http://127.0.0.1/place${search}`, headers: new Headers({ host: "127.0.0.1" }) })
  return { env: { asked } } as unknown as Ask
}

test("the first of a name counts, decoded, whatever stands beside it", () => {
  const context = asking("?find=a+b%20%C3%A9&find=c&saved&x=&%72oom=talk&bad=%zz%ff&a=b=c")
  const found = ["find", "saved", "x", "room", "bad", "a", "none"].map((name) => queried(context, name))
  expect(found).toEqual(["a b é", "", "", "talk", "%zz\ufffd", "b=c", undefined])
  expect(queried(asking(""), "find")).toBeUndefined()
})

test("an address that asks for too much is refused before anything of it is decoded", () => {
  const many = (parts: number) => asking(`?${Array(parts).fill("%ff").join("&")}`)
  expect(() => shortQuery(many(100))).not.toThrow()
  expect(() => shortQuery(many(101))).toThrow("asks for more")
})
