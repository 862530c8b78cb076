import { expect, test } from "bun:test"
import { openComposer } from "./composer.ts"
import { pretendMemory } from "./pretend.ts"

/** A box; the shelf takes what is sent when the test says so. */
function box({ memory = pretendMemory(), typed = "" } = {}) {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const composer = openComposer({
    memory,
    key: "draft",
    typed,
    refused: undefined,
    add(text) {
      taken.push(text)
      return new Promise<void>((resolve) => void waiting.push(resolve))
    },
    changed: () => {},
  })
  return { composer, memory, taken, safe: () => waiting.shift()?.() }
}

test("the box is emptied only when the words are safe", async () => {
  const { composer, memory, taken, safe } = box()
  composer.write("hello")
  const sent = composer.send()
  expect(taken).toEqual(["hello"])
  expect(composer.draft()).toBe("hello")
  expect(memory.recall("draft")).toBe("hello")
  safe()
  expect(await sent).toBe(true)
  expect(composer.draft()).toBe("")
  expect(memory.recall("draft")).toBeNull()
})

test("what is typed on while it leaves stays, and a second press sends only that", async () => {
  const { composer, taken, safe } = box()
  composer.write("hello")
  const first = composer.send()
  expect(await composer.send()).toBe(false)
  composer.write("hellothere")
  const second = composer.send()
  expect(taken).toEqual(["hello", "there"])
  safe()
  await first
  expect(composer.draft()).toBe("there")
  safe()
  await second
  expect(composer.draft()).toBe("")
})

test("other words put into the box while it leaves are not lost with it", async () => {
  const { composer, safe } = box()
  composer.write("hello")
  const sent = composer.send()
  composer.write("something else")
  safe()
  await sent
  expect(composer.draft()).toBe("something else")
})

test("a draft waits for the next page; what was typed before we came goes before it", () => {
  const { composer, memory } = box()
  composer.write("half a tho")
  expect(box({ memory }).composer.draft()).toBe("half a tho")
  expect(box({ memory, typed: "early" }).composer.draft()).toBe("early")
})

test("nothing but space does nothing; too much is refused kindly, and nothing is lost", async () => {
  const { composer, taken } = box()
  composer.write("  \n ")
  expect(await composer.send()).toBe(false)
  expect([composer.refused(), composer.draft()]).toEqual([undefined, "  \n "])
  composer.write("x".repeat(8_001))
  expect(composer.refused()).toBeUndefined()
  expect(await composer.send()).toBe(false)
  expect(composer.refused()?.message).toContain("8,001")
  expect(composer.draft()).toHaveLength(8_001)
  expect(taken).toEqual([])
})

test("length is counted in characters as people count them", async () => {
  const { composer, taken } = box()
  composer.write("\u{1F600}".repeat(8_000))
  composer.send()
  expect(taken).toHaveLength(1)
})

test("text that comes back goes below what is there", () => {
  const { composer } = box()
  composer.append("one")
  expect(composer.draft()).toBe("one")
  composer.append("two")
  expect(composer.draft()).toBe("one\ntwo")
})
