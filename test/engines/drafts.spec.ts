// What is being written, in one tab and in two.
import { expect, test } from "./story.ts"

test("a draft waits through a reload, and is only in its own room", async ({ ann }) => {
  await ann.fill("#message", "half a tho")
  await ann.tab.reload()
  await expect.poll(ann.draft).toBe("half a tho")
  await ann.visit("/chat/?room=Garden")
  await ann.tab.click("button", "Open this room")
  await ann.arrives("/chat/garden/")
  await ann.comesAlive()
  expect(await ann.draft()).toBe("")
})

test("two tabs share what waits, and send it once", async ({ ann, bob, place }) => {
  const other = await ann.another()
  await other.comesAlive()
  await place.kill()
  for (const words of ["one", "two", "three"]) await other.say(words)
  for (const tab of [ann, other]) await expect.poll(tab.waiting).toEqual(["one", "two", "three"])
  await place.start()
  await bob.hears("one", "two", "three")
  for (const tab of [ann, other]) await expect.poll(tab.waiting).toEqual([])
  await bob.hears("one", "two", "three")
})

test("a draft that is sent in one tab is gone from the other, which keeps what was added there", async ({
  ann,
  bob,
}) => {
  await ann.fill("#message", "Lunch?")
  const other = await ann.another()
  await other.comesAlive()
  await expect.poll(other.draft).toBe("Lunch?")
  await other.tab.click("#message")
  await other.tab.press("Enter")
  await bob.hears("Lunch?")
  await expect.poll(ann.draft).toBe("")
  // Pressed there all the same, it says nothing again.
  await ann.tab.show()
  await ann.tab.click("#message")
  await ann.tab.press("Enter")
  await ann.say("At one")
  await bob.hears("Lunch?", "At one")
})
