import { expect, test } from "bun:test"
import { MAX_TEXT } from "../protocol/limits.ts"
import { openComposer } from "./composer.ts"
import { pretendBrowser, pretendMemory } from "./pretend.ts"

let marks = 0

/** A box; the shelf takes what is sent when the test says so. */
function box({ memory = pretendMemory(), typed = "", returned = undefined as string | undefined } = {}) {
  const taken: string[] = []
  const nonces: string[] = []
  const waiting: (() => void)[] = []
  const browser = { ...pretendBrowser(), memory }
  const shown = { box: "", draws: 0, unkept: 0 }
  const composer = openComposer({
    browser,
    key: "draft",
    typed,
    returned,
    refused: undefined,
    newMark: () => `mark${++marks}`,
    add(text, nonce) {
      taken.push(text)
      nonces.push(nonce)
      return new Promise<void>((resolve) => void waiting.push(resolve))
    },
    set(text) {
      shown.box = text
    },
    changed() {
      shown.draws++
    },
    unkept() {
      shown.unkept++
    },
  })
  shown.box = composer.draft()
  /** As by keys in the box. */
  const type = (text: string) => {
    shown.box = text
    composer.write(text)
  }
  const kept = () => (JSON.parse(memory.recall("draft") ?? "{}") as { text?: string }).text ?? null
  return { composer, browser, memory, taken, nonces, shown, type, kept, safe: () => waiting.shift()?.() }
}

test("the box is emptied only when the words are safe", async () => {
  const { composer, memory, taken, kept, safe } = box()
  composer.write("hello")
  const sent = composer.send()
  expect(taken).toEqual(["hello"])
  expect(composer.draft()).toBe("hello")
  expect(kept()).toBe("hello")
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

test("a draft waits for the next page; what was typed there before we came goes on from it", () => {
  const { composer, memory } = box()
  composer.write("half a tho")
  expect(box({ memory }).composer.draft()).toBe("half a tho")
  expect(box({ memory, typed: "half a tho" }).composer.draft()).toBe("half a tho") // put there by the browser itself
  expect(box({ memory, typed: "ught" }).composer.draft()).toBe("half a thought")
  expect(box({ memory }).composer.draft()).toBe("half a thought")
  expect(box({ memory, returned: "as it was refused" }).composer.draft()).toBe("as it was refused")
})

test("a draft of an earlier version is the text alone", () => {
  const memory = pretendMemory()
  for (const text of ["hello", "{}", '{"text":1}', "[", "null"]) {
    memory.remember("draft", text)
    expect(box({ memory }).composer.draft()).toBe(text)
  }
})

test("tabs show one draft: what is written, sent or cleared in one is so in the other", async () => {
  const one = box()
  const two = box({ memory: one.memory })
  one.type("hello")
  two.composer.look()
  expect([two.composer.draft(), two.shown.box]).toEqual(["hello", "hello"])
  two.type("hello there")
  one.composer.look()
  expect(one.shown.box).toBe("hello there")
  const sent = one.composer.send()
  one.safe()
  await sent
  two.composer.look()
  expect([one.shown.box, two.shown.box, two.composer.written().blank]).toEqual(["", "", true])
  one.type("other words")
  two.composer.look()
  two.type("")
  one.composer.look()
  expect([one.shown.box, two.shown.box]).toEqual(["", ""])
})

test("what was added in a tab that had not heard yet stays there, without what was sent", async () => {
  const one = box()
  one.type("hello")
  const two = box({ memory: one.memory })
  const sent = one.composer.send()
  one.safe()
  await sent
  const more = ` and ${"more ".repeat(MAX_TEXT / 5)}` // too much to be kept with each key
  two.type(`hello${more}`)
  two.composer.look()
  expect(two.shown.box).toBe(more)
  two.composer.keep()
  one.composer.look()
  expect(one.shown.box).toBe(more)
})

test("the same draft sent by two tabs, or again after a crash, is one message; the same words of another are another", async () => {
  const one = box()
  one.type("hello")
  const two = box({ memory: one.memory })
  const sending = [one.composer.send(), two.composer.send()]
  expect(two.nonces).toEqual(one.nonces)
  expect(box({ memory: one.memory }).composer.draft()).toBe("hello")
  const three = box({ memory: one.memory })
  void three.composer.send() // the box of the other two was not emptied yet
  expect(three.nonces).toEqual(one.nonces)
  one.safe()
  two.safe()
  await Promise.all(sending)
  one.type("hello")
  void one.composer.send()
  expect(one.nonces[1]).not.toBe(one.nonces[0])
  for (const nonce of one.nonces) expect(nonce).toMatch(/^[\x21-\x7e]{1,100}$/)
})

test("other words are another message, in whichever tab they were changed", async () => {
  const one = box()
  one.type("hello")
  const two = box({ memory: one.memory })
  two.composer.write("hello there")
  void one.composer.send()
  void two.composer.send()
  expect(two.nonces).not.toEqual(one.nonces)
  one.type("hellohello")
  void one.composer.send()
  expect(one.taken).toEqual(["hello", "hello"])
  expect(one.nonces[1]).not.toBe(one.nonces[0])
})

test("a browser that keeps nothing loses nothing that stands in the box, and says that it would", () => {
  const memory = { recall: () => null, remember: () => false }
  const { composer, type, shown } = box({ memory })
  type("hello")
  composer.look()
  expect([composer.draft(), shown.box, composer.safe()]).toEqual(["hello", "hello", false])
  type("")
  expect([composer.safe(), shown.unkept]).toEqual([true, 0])
  type("x".repeat(8_001))
  composer.keep()
  expect(shown.unkept).toBe(1) // which is worth a word: it is long in the making
})

test("beyond what can be sent a key costs the same however much there is: nothing is kept, drawn or counted with it", async () => {
  const { composer, browser, memory, shown, type, kept } = box()
  const before = { writes: 0 }
  const { remember } = memory
  memory.remember = (key, value) => {
    before.writes++
    return remember(key, value)
  }
  let text = "word ".repeat(60_000)
  type(text)
  await browser.pass(1_000)
  expect([kept()?.length, composer.safe()]).toEqual([300_000, true])
  const draws = shown.draws
  before.writes = 0
  for (const key of "hello") {
    text += key
    type(text)
    await browser.pass(100)
  }
  expect([before.writes, shown.draws - draws, composer.safe()]).toEqual([0, 0, false])
  await browser.pass(400)
  expect([before.writes, kept()?.length, composer.safe()]).toEqual([1, 300_005, true])
  type(`${text}!`)
  composer.keep() // the page is left
  expect(kept()).toEndWith("hello!")
})

test("the last five hundred characters are counted down, and those that are too many", () => {
  const { composer, type } = box()
  const left = (length: number, unit = "x") => {
    type(unit.repeat(length))
    return composer.written().left
  }
  expect([0, 7_499, 7_500, 7_999, 8_000, 8_001, 8_100].map((length) => left(length))).toEqual([
    undefined,
    undefined,
    500,
    1,
    0,
    -1,
    -100,
  ])
  expect(left(7_600, "\u{1F600}")).toBe(400)
  expect(left(4_000, "\u{1F600}")).toBeUndefined()
  expect(left(300_000)).toBe(-292_000)
  expect(left(1_000_000)).toBe(-992_000)
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
