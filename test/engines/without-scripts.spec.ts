// The page without scripts: forms and links, and a frame in which the conversation goes on.
import { expect, test } from "./story.ts"

test("without scripts one comes in, speaks and hears, live", async ({ person, ann: bob }) => {
  const cleo = await person("Cleo", { scripts: "off" })
  await cleo.comeInByTheDoor()
  await cleo.fill("#message", "Lunch?")
  await cleo.tab.click("#composer .send")
  await bob.hears("Lunch?")
  await expect.poll(cleo.framed).toEqual(["Lunch?"])
  expect(await cleo.draft()).toBe("")
  // The frame, and not a new page: what is being typed stays.
  await cleo.fill("#message", "half a th")
  await bob.say("At one")
  await expect.poll(cleo.framed).toEqual(["Lunch?", "At one"])
  expect(await cleo.draft()).toBe("half a th")
})

test("without scripts one looks for a room, opens it and leaves it again", async ({ person, ann: _ }) => {
  const cleo = await person("Cleo", { scripts: "off" })
  await cleo.comeInByTheDoor()
  await cleo.visit("/chat/?room=Garden")
  await cleo.tab.click("button", "Open this room")
  await cleo.arrives("/chat/garden/")
  expect(await cleo.words("h1")).toEqual(["Garden"])
  await cleo.tab.click(".room-menu > summary")
  await cleo.tab.click(".room-menu a", "Leave room")
  await cleo.arrives("/chat/garden/about")
  await cleo.tab.click("button", "Leave room")
  await expect.poll(cleo.path).not.toBe("/chat/garden/about")
})
