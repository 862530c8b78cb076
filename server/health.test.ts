import { expect, test } from "bun:test"
import { openApp, settle } from "../test/world.ts"
import { happenings } from "./changes.ts"
import { Checkup } from "./health.ts"
import { readClock } from "./live/clock.ts"
import { Hub } from "./live/hub.ts"
import { perform } from "./perform.ts"

test("what happens in the place is known to come late while it does, though the database answers", async () => {
  await using app = await openApp()
  const owner = await settle(app, "ann")
  const hub = new Hub(
    app.db,
    async (...asked) => {
      await Bun.sleep(300)
      return happenings(...asked)
    },
    await readClock(app.db.sql),
  )
  const lines = Array.from({ length: 3_000 }, (_, at) => ({
    room: "old",
    author: "eve",
    at,
    text: "so",
    nonce: `${at}`,
  }))
  await perform(app, owner, { type: "import", lines })
  app.checkup = new Checkup({ lately: 600, patience: 300 })
  const healing = hub.heal() // six pages
  await Bun.sleep(1_000)
  const { status, database, events, reasons } = await app.checkup.of({ ...app, hub })
  expect([status, database, events]).toEqual(["failing", "fine", "behind"])
  expect(reasons).toContain("What happens in the place comes late here.")
  await healing
  expect((await app.checkup.of({ ...app, hub })).events).toBe("fine")
})
