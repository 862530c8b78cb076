import { expect, test } from "bun:test"
import { type OpenApp, openApp, type SignedIn, settle } from "../../../test/world.ts"
import { perform } from "../../perform.ts"
import { nonceOf } from "./double-clicks.ts"

/** Says it as if it were that time, and answers by which nonce. */
async function say(app: OpenApp, who: SignedIn, text: string, now: number, room = "talk"): Promise<string> {
  const { id } = (await perform(app, who, { type: "open", name: room })).answer
  const nonce = await nonceOf(app.db.sql, who.person.id, id, text, now)
  const { again } = await perform(app, who, { type: "post", room, text, nonce })
  if (!again)
    await app.db.tx((sql) => sql`update messages set at = ${now} where author = ${who.person.id} and nonce = ${nonce}`)
  return nonce
}

test("the same words within two seconds have one nonce, wherever the seconds fall", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  for (let start = 0; start < 4_000; start += 500) {
    const now = 1_000_000 + 20 * start + start
    const first = await say(app, ann, "ok", now)
    expect(await say(app, ann, "ok", now + 1_000)).toBe(first)
    expect(await say(app, ann, "ok", now + 1_999)).toBe(first)
  }
})

test("two seconds after the first time the same words are said anew, even if they came each second", async () => {
  await using app = await openApp()
  const ann = await settle(app, "ann")
  for (const begin of [1_000_000, 2_001_300]) {
    const nonces = []
    for (let second = 0; second < 6; second++) nonces.push(await say(app, ann, "ha", begin + second * 1_000))
    expect(new Set(nonces).size).toBe(3)
  }
})

test("others, other rooms and other words are not a double click", async () => {
  await using app = await openApp()
  const [ann, bob] = [await settle(app, "ann"), await settle(app, "bob")]
  const nonces = [
    await say(app, ann, "ok", 1_000_000),
    await say(app, bob, "ok", 1_000_000),
    await say(app, ann, "ok", 1_000_000, "garden"),
    await say(app, ann, "ok!", 1_000_000),
  ]
  expect(new Set(nonces).size).toBe(4)
})
