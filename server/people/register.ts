// Coming to a place. The first to come owns it, if they may (owner-code.ts); after that the place says who may.
import { timingSafeEqual } from "node:crypto"
import type { CommandOf } from "../../protocol/command.ts"
import { DEFAULT_ROOM } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { isBlank } from "../../protocol/text.ts"
import type { App } from "../app.ts"
import type { Caller } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { lookAlike } from "../names/kept.ts"
import type { Outcome } from "../outcome.ts"
import { setMembership } from "../rooms/membership.ts"
import { insertRoom } from "../rooms/open.ts"
import { findRoom } from "../rooms/rows.ts"
import { isReserved, username } from "./names.ts"
import { dropOwnerCodes, mustOwnOrFollow } from "./owner-code.ts"
import { hashPassword, mustBeStrong } from "./password.ts"
import { newInvite, type Place, placeName, readPlace, writePlace } from "./place.ts"
import { becomeOwner, findAccount, insertPerson, isEmptyPlace } from "./rows.ts"
import { beginSession } from "./session.ts"

/** Registers and signs in; answers the session's token. Everyone begins in the default room. Refuses whoever is not welcome, a
 *  name that is taken or looks like one that is, and a password that is weak. */
export async function register(
  { db, config }: App,
  caller: Caller,
  command: CommandOf<"register">,
): Promise<Outcome<string>> {
  const name = username(command.username)
  mustBeStrong(command.password, [name, command.place ?? "", (await readPlace(db.sql)).name])

  // Whoever will be refused is refused before the costly hash; the transaction below asks again, and it decides.
  await mustBeWelcome(db.sql, config.registration, command)
  await mustOwnOrFollow(db.sql, caller, command.code)
  if (!(await isEmptyPlace(db.sql))) await mustBeFree(db.sql, name)
  const password = await hashPassword(command.password, { address: caller.address })

  return db.tx(async (sql) => {
    const first = await isEmptyPlace(sql)
    await mustBeWelcome(sql, config.registration, command)
    await mustOwnOrFollow(sql, caller, command.code)
    if (first) await writePlace(sql, newPlace(command))
    if (first) await dropOwnerCodes(sql)
    // What was imported before the first visit keeps nobody from their name: of an empty place nobody else has it.
    const imported = first ? await findAccount(sql, name) : undefined
    if (!first) await mustBeFree(sql, name)
    const person = imported
      ? await becomeOwner(sql, imported.id, name, password)
      : await insertPerson(sql, { name, password, role: first ? "owner" : "member" })
    const standing = await findRoom(sql, DEFAULT_ROOM)
    const room = standing ?? (await insertRoom(sql, DEFAULT_ROOM))
    const member = await setMembership(sql, room.id, person, true)
    const changes = [person, ...(standing ? [] : [room]), ...(member ? [member] : [])]
    const { token, ended } = await beginSession(sql, caller, person.id)
    return { answer: token, changes: [...changes, ...ended] }
  })
}

const newPlace = ({ place, registration }: CommandOf<"register">): Place => ({
  name: place !== undefined && !isBlank(place) ? placeName(place) : "Parlour",
  registration: registration ?? "open",
  invite: newInvite(),
})

/** Refuses whoever the place lets nobody like in: anyone while it is closed, and without the invite where one is needed. */
export async function mustBeWelcome(
  sql: Sql,
  fixed: Place["registration"] | null,
  { invite }: Pick<CommandOf<"register">, "invite">,
): Promise<void> {
  if (await isEmptyPlace(sql)) return
  const place = await readPlace(sql)
  switch (fixed ?? place.registration) {
    case "open":
      return
    case "closed":
      throw new Refusal("forbidden", "Nobody can register here at present. Ask the owner of this place.")
    case "invite":
      if (!isSame(invite ?? "", place.invite))
        throw new Refusal("forbidden", "One joins this place by an invite link. Ask someone who is in for a new one.")
  }
}

/** In the same time whether nothing or all but the last letter is right. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)] // as bytes: letters may differ in how many they are
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b)
}

/** Neither anyone's, nor like anyone's, nor one by which the place itself would speak. */
async function mustBeFree(sql: Sql, name: string): Promise<void> {
  if (isReserved(name))
    throw new Refusal("taken", "That name is kept for whoever runs this place. Choose another.", "username")
  if ((await findAccount(sql, name)) || (await lookAlike(sql, "person", name)) !== undefined)
    throw new Refusal("taken", "That name is taken, or looks too much like one that is. Choose another.", "username")
}
