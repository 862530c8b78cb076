// Everything without a pointer.
import { expect, test } from "./story.ts"

test.beforeEach(({ ann }) => ann.lives())

test("Shift+Enter makes a line and Enter sends; the box keeps the focus", async ({ ann }) => {
  await ann.fill("#message", "one")
  await ann.tab.press("Enter", "Shift")
  await ann.tab.type("two")
  expect(await ann.draft()).toBe("one\ntwo")
  await ann.tab.press("Enter")
  await ann.hears("one\ntwo")
  expect([await ann.draft(), await ann.focus()]).toEqual(["", "message"])
  await ann.tab.press("Enter")
  await ann.tab.type("then")
  await ann.tab.press("Enter")
  await ann.hears("one\ntwo", "then")
})

test("the arrows move through the messages, Home and End to the ends, Escape back to writing", async ({ ann }) => {
  const said: string[] = []
  for (const words of ["one", "two", "three"]) {
    await ann.say(words)
    said.push(words)
    await ann.hears(...said)
  }
  for (const [key, focus] of [
    ["ArrowUp", "three"],
    ["ArrowUp", "two"],
    ["Home", "one"],
    ["ArrowUp", "one"],
    ["End", "three"],
    ["ArrowUp", "two"],
    ["Escape", "message"],
  ] as const) {
    await ann.tab.press(key)
    await expect.poll(() => ann.focusedText(), `after ${key}`).toBe(focus)
  }
  // The conversation is one stop of the Tab key: where one was.
  await ann.tab.press("Tab", "Shift")
  await expect.poll(() => ann.focusedText()).toBe("two")
})

test("Ctrl+K finds a room from anywhere, Escape leads back; Enter asks for it", async ({ ann }) => {
  await ann.fill("#message", "half a th")
  await ann.tab.press("k", "Control")
  await expect.poll(ann.focus).toBe("find")
  const listed = () => ann.words("#rooms > .room-list li:not([hidden])")
  await ann.tab.type("zz")
  await expect.poll(listed).toEqual([])
  await ann.tab.press("Escape")
  await expect.poll(ann.focus).toBe("message")
  await expect.poll(listed).toEqual(["talk"])
  await ann.tab.press("k", "Control")
  await ann.tab.type("Garden")
  await ann.tab.press("Enter")
  await ann.arrives("/chat/")
  await expect.poll(() => ann.words("main")).toEqual([expect.stringContaining("no room called")])
})

test("? lists the keys, but not while one writes; Escape gives the focus back", async ({ ann }) => {
  await ann.say("one")
  await ann.hears("one")
  await ann.tab.type("?")
  await expect.poll(ann.draft).toBe("?")
  await ann.tab.press("Backspace")
  await ann.tab.press("ArrowUp")
  await expect.poll(() => ann.focusedText()).toBe("one")
  await ann.tab.type("?")
  await expect.poll(() => ann.words("dialog[open] h2")).toEqual(["Keys"])
  await ann.tab.press("Escape")
  await expect.poll(() => ann.words("dialog[open] h2")).toEqual([])
  expect(await ann.focusedText()).toBe("one")
})
