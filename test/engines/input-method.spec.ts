// Writing by an input method, as one does in Japanese: words are composed in the field, and picked by Enter.
import { expect, test } from "./story.ts"

test("Enter belongs to the input method while it composes: it picks the words, and sends nothing", async ({ ann }) => {
  await ann.tab.click("#message")
  const words = await ann.tab.compose()
  await expect.poll(ann.draft).not.toBe("")
  await ann.tab.pick()
  await expect.poll(ann.draft).toBe(words)
  await ann.tab.type("!")
  await ann.tab.press("Enter")
  await ann.hears(`${words}!`)
  expect(await ann.draft()).toBe("")
})

test("what others say meanwhile does not disturb who composes", async ({ ann, bob }) => {
  await ann.tab.click("#message")
  const words = await ann.tab.compose()
  await expect.poll(ann.draft).not.toBe("")
  const composing = await ann.draft()
  await bob.say("Lunch?")
  await ann.hears("Lunch?")
  expect(await ann.draft()).toBe(composing)
  await ann.tab.pick()
  await expect.poll(ann.draft).toBe(words)
  await ann.tab.press("Enter")
  await ann.hears("Lunch?", words)
})
