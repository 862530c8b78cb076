import { expect, test } from "bun:test"
import { openApp, settle } from "../test/world.ts"
import { operator } from "./caller.ts"
import { perform } from "./perform.ts"
import { mustStand } from "./standing.ts"

test("only a session that stands is taken for one, and the command line's", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const bob = await settle(app, "bob")
  await perform(app, bob, { type: "signOut", session: bob.session })
  await mustStand(app.db.sql, ann)
  await mustStand(app.db.sql, operator)
  for (const session of [bob.session, null, "", "no such session"])
    await expect(mustStand(app.db.sql, { session })).rejects.toMatchObject({ code: "unauthorized" })
})
