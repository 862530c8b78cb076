import { describe, expect, test } from "bun:test"
import { Refusal } from "../../protocol/refusal.ts"
import { allOf } from "./sql.ts"

const after = (ms: number, error: Error) => Bun.sleep(ms).then(() => Promise.reject(error))
const refusal = new Refusal("not_found", "There is none.")
const broken = new Error("canceling statement due to lock timeout")
const aborted = new Error("current transaction is aborted")

describe("what is asked side by side", () => {
  test("is answered in its order", async () => {
    expect(await allOf([Bun.sleep(2).then(() => 1), undefined, Promise.resolve("two")])).toEqual([1, undefined, "two"])
  })

  test("fails by what went wrong in the database, though a refusal came sooner", async () => {
    await expect(allOf([Promise.reject(refusal), after(3, broken)])).rejects.toBe(broken)
  })

  test("fails by what went wrong first, and not by what failed because of it", async () => {
    await expect(allOf([after(6, aborted), after(2, broken)])).rejects.toBe(broken)
  })

  test("fails by the refusal, where nothing else did, when all of it is answered", async () => {
    let isOver = false
    const other = Bun.sleep(5).then(() => {
      isOver = true
    })
    await expect(allOf([Promise.reject(refusal), other])).rejects.toBe(refusal)
    expect(isOver).toBe(true)
  })
})
