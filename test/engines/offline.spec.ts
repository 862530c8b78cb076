// The server dies in mid-sentence and comes back; nothing is lost, nothing is said twice.
import { expect, test } from "./story.ts"

test("what is written while the server is dead waits, and is said once and in order when it is back", async ({
  ann,
  bob,
  place,
}) => {
  await ann.say("before")
  await bob.hears("before")
  await place.kill()
  for (const words of ["one", "two", "three"]) await ann.say(words)
  await expect.poll(ann.waiting).toEqual(["one", "two", "three"])
  expect(await ann.draft()).toBe("")
  await expect.poll(ann.link, { timeout: 15_000 }).toMatch(/Connecting|Offline/)
  await place.start()
  for (const person of [bob, ann]) await person.hears("before", "one", "two", "three")
  await expect.poll(ann.waiting).toEqual([])
  await expect.poll(ann.link).toBe("")
})

test("what waits outlives the page", async ({ ann, bob, place }) => {
  await place.kill()
  await ann.say("written to nobody")
  await expect.poll(ann.waiting).toEqual(["written to nobody"])
  // Another tab first: with its last one a browser may close itself.
  const other = await ann.browser.tab()
  await ann.tab.close()
  await place.start()
  await other.goto(`${await bob.tab.ask(() => location.origin)}/chat/talk/`)
  await bob.hears("written to nobody")
})
