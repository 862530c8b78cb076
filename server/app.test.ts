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

test("a bus that opens when its epoch is over is closed again", async () => {
  const waiting: (() => void)[] = []
  const closed: string[] = []
  await using app = await openApp(async (hub) => {
    const { epoch } = hub
    if (epoch.startsWith("after")) await new Promise<void>((resolve) => waiting.push(resolve))
    return { ...alone(hub), close: () => void closed.push(epoch) }
  })
  const first = app.hub.epoch
  for (const name of ["after", "after that"]) {
    ;(app.db.epochs as Epoch[]).push({ name, began: app.hub.tick })
    app.db.onEpoch!(app.hub.tick)
  }
  for (const open of waiting.reverse()) open() // that of the present epoch, then that of the one before
  await until("one is closed", () => closed.includes("after"))
  await until("the other is used", () => app.bus.alive)
  expect(closed).toEqual([first, "after"])
})
