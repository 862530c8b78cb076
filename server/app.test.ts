import { expect, test } from "bun:test"
import { openApp, settle, until } from "../test/world.ts"
import type { Epoch } from "./db/epoch.ts"
import { alone, type Bus } from "./live/bus.ts"
import { perform } from "./perform.ts"

test("each epoch has a bus of its own: what is brought by that of the one before, or was done in it, is not told", async () => {
  const buses: Bus[] = []
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  await using app = await openApp(async (hub) => {
    if (buses.length === 1) await opened
    buses.push(alone(hub))
    return buses.at(-1)!
  })
  const ann = await settle(app, "ann")
  const say = (text: string) => perform(app, ann, { type: "post", room: "talk", text }).then(({ answer }) => answer)
  const first = await say("first")
  expect([app.bus, app.hub.tick]).toEqual([buses[0]!, first.tick])

  const { tx } = app.db
  app.db.tx = async (...work) => {
    const result = await tx(...work)
    app.db.tx = tx
    ;(app.db.epochs as Epoch[]).push({ name: "another", began: first.tick })
    app.db.onEpoch!(first.tick)
    return result
  }
  const straddling = await say("straddling")
  expect([app.hub.epoch, app.hub.tick]).toEqual(["another", first.tick])
  buses[0]!.publish(straddling)
  expect(app.hub.tick).toBe(first.tick)
  expect(app.bus.alive).toBe(false) // until it is open, the clock is asked more often
  await until("the clock tells", () => app.hub.tick === straddling.tick, 900)

  open()
  await until("the bus is there", () => app.bus === buses[1])
  expect(app.bus.alive).toBe(true)
  expect((await say("next")).tick).toBe(app.hub.tick)
})
