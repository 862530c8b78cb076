import { expect, test } from "bun:test"
import type { Command } from "../protocol/command.ts"
import { openApp, PASSWORD, settle } from "../test/world.ts"
import { findAccount } from "./people/rows.ts"
import { perform } from "./perform.ts"
import { sessionStands } from "./standing.ts"

/** Of every command one that would be done; null for those by which one gets a session, or has none. */
const needsSession: Record<Command["type"], Command | null> = {
  post: { type: "post", room: "talk", text: "too late" },
  open: { type: "open", name: "too late" },
  join: { type: "join", room: "talk" },
  leave: { type: "leave", room: "talk" },
  typing: { type: "typing", room: "talk" },
  endSession: { type: "endSession", session: "x" },
  endOtherSessions: { type: "endOtherSessions" },
  changePassword: { type: "changePassword", old: PASSWORD, password: "quite another good one" },
  makePasswordLink: { type: "makePasswordLink", username: "ann" },
  expel: { type: "expel", username: "bob" },
  changeSettings: { type: "changeSettings", name: "Too late" },
  makeOwnerLink: { type: "makeOwnerLink", anew: true },
  import: { type: "import", lines: [{ room: "talk", author: "Old", at: 1, text: "too late", nonce: "n" }] },
  register: null,
  signIn: null,
  signOut: null,
  setPassword: null,
}

test("whoever's session has ended since they were let in changes nothing, and is told so", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  await settle(app, "bob")
  await perform(app, ann, { type: "signOut", session: ann.session })
  const { tick } = app.hub
  const words: unknown[] = []
  app.hub.overhear = (word) => words.push(word)
  for (const caller of [ann, { ...ann, session: null }, { ...ann, session: "" }])
    for (const command of Object.values(needsSession).filter((one) => one !== null)) {
      const answer = await perform(app, caller, command).catch((error) => error)
      expect([command.type, answer]).toMatchObject([command.type, { code: "unauthorized" }])
    }
  expect(words).toEqual([])
  await app.hub.heal()
  expect(app.hub.tick).toBe(tick)
  for (const rows of [app.db.sql`select 1 from password_links`, app.db.sql`select 1 from messages`])
    expect(await rows).toEqual([])
})

test("and by what gives them another session they come in again", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const { answer } = await perform(app, ann, { type: "makePasswordLink", username: "ann" })
  await perform(app, ann, { type: "signOut", session: ann.session })
  await perform(app, ann, { type: "signOut", session: ann.session })
  await perform(app, ann, { type: "setPassword", token: answer.path.split("/").at(-1)!, password: PASSWORD })
  await perform(app, ann, { type: "signIn", username: "ann", password: PASSWORD })
  await perform(app, ann, { type: "register", username: "anna", password: PASSWORD })
  expect(await findAccount(app.db.sql, "anna")).toBeDefined()
})

test("what was said in the same commit as the end of its session, and before it, stands", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  const say = (text: string) => perform(app, ann, { type: "post", room: "talk", text })
  const [before, , after] = await Promise.allSettled([
    say("before"),
    perform(app, ann, { type: "signOut", session: ann.session }),
    say("after"),
  ])
  expect([before.status, after.status]).toEqual(["fulfilled", "rejected"])
  expect(await sessionStands(app.db.sql, ann.session)).toBe(false)
  expect(await app.db.sql`select text from messages`).toEqual([{ text: "before" }])
})

test("whatever one person asks for at once, it takes the clock one by one, in its order, and what others say goes in between", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  for (let i = 0; i < 20; i++) await perform(app, ann, { type: "open", name: `room ${i}` })
  let underway = 0
  let most = 0
  const { tx } = app.db
  app.db.tx = (work, person) => {
    if (person !== undefined) return tx(work, person)
    most = Math.max(most, ++underway)
    return tx(work).finally(() => underway--)
  }
  const done: string[] = []
  const ask = (who: typeof ann, command: Command, name: string) =>
    perform(app, who, command).then(
      () => done.push(name),
      (error) => done.push(`${name}: ${error.message}`),
    )
  const all = Array.from({ length: 20 }, (_, i) => ask(bob, { type: "join", room: `room ${i}` }, `join ${i}`))
  all.push(ask(bob, { type: "open", name: "new" }, "open"), ask(bob, { type: "post", room: "new", text: "hi" }, "post"))
  all.push(ask(bob, { type: "leave", room: "new" }, "leave"))
  all.push(ask(ann, { type: "post", room: "talk", text: "hello" }, "another's"))
  await Promise.all(all)
  expect(most).toBe(1)
  expect(done.indexOf("another's")).toBeLessThan(5)
  expect(done.filter((one) => one !== "another's").slice(0, 21)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => `join ${i}`),
    "open",
  ])
  expect(done.slice(-2).toSorted()).toEqual(["leave", "post"])
  expect(app.lanes.size).toBe(0)
})
