// The main story: two people come in by the door, one speaks, the other hears.
import { expect, test } from "./story.ts"

test("what one says the other reads at once, and both in the same order", async ({ person }) => {
  const [ann, bob] = [await person("Ann"), await person("Bob")]
  for (const one of [ann, bob]) await one.comeInByTheDoor()
  await ann.say("Lunch?")
  await bob.hears("Lunch?")
  await bob.say("At one")
  await ann.hears("Lunch?", "At one")
  await ann.say("Good")
  for (const one of [ann, bob]) await one.hears("Lunch?", "At one", "Good")
  await expect.poll(ann.waiting).toEqual([])
  expect(await ann.draft()).toBe("")
})
