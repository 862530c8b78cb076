// The place itself: what it is called and who may join it.
import { randomInt } from "node:crypto"
import type { CommandOf, Registration } from "../../protocol/command.ts"
import { lengthOf, MAX_PLACE_NAME } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { composed, isBlank, isLong } from "../../protocol/text.ts"
import type { App } from "../app.ts"
import { type Caller, mustBeOwner } from "../caller.ts"
import type { Sql } from "../db/sql.ts"
import { strayIn } from "../names/joiners.ts"
import type { Outcome } from "../outcome.ts"

export type Place = { name: string; registration: Registration; invite: string }

const UNNAMED: Place = { name: "Parlour", registration: "open", invite: "" }

/** As it is kept; before anybody owns it, as UNNAMED. */
export async function readPlace(sql: Sql): Promise<Place> {
  const [row] = await sql<Place>`select name, registration, invite from place where id = 1`
  return row ?? UNNAMED
}

export async function writePlace(sql: Sql, { name, registration, invite }: Place): Promise<void> {
  await sql`
    insert into place (id, name, registration, invite) values (1, ${name}, ${registration}, ${invite})
    on conflict (id) do update set name = excluded.name, registration = excluded.registration, invite = excluded.invite`
}

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
/** 95 bits: nobody guesses one. */
const INVITE_LENGTH = 16

/** Of letters and digits alone: wherever its link is pasted, programs see where it ends. */
export const newInvite = (): string =>
  Array.from({ length: INVITE_LENGTH }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join("")

/** The old link is worth nothing from then on. */
export const renewInvite = async (sql: Sql): Promise<void> =>
  writePlace(sql, { ...(await readPlace(sql)), invite: newInvite() })

/** As it is kept. Refuses one in which nothing can be seen, one with something that cannot, and one that is too long. */
export function placeName(typed: string): string {
  const trimmed = typed.trim()
  const name = composed(trimmed)
  if (isBlank(name) && !isLong(trimmed)) throw new Refusal("invalid", "Give the place a name.", "place")
  const stray = strayIn(name)
  if (stray && !isLong(trimmed))
    throw new Refusal(
      "invalid",
      `The name cannot hold signs that nobody sees (${stray} is one). Write it anew, in one line.`,
      "place",
    )
  if (isLong(trimmed) || lengthOf(name) > MAX_PLACE_NAME)
    throw new Refusal("too_large", `The name has at most ${MAX_PLACE_NAME} characters. Choose a shorter one.`, "place")
  return name
}

/** Only the owner. A new invite makes the old link worthless. */
export async function changeSettings(
  { db, config }: App,
  caller: Caller,
  { name, registration, newInvite: renew }: CommandOf<"changeSettings">,
): Promise<Outcome<Place>> {
  mustBeOwner(caller)
  if (registration && config.registration)
    throw new Refusal("forbidden", "Who may join is set by REGISTRATION where Parlour is started. Change it there.")
  return db.tx(async (sql) => {
    const old = await readPlace(sql)
    const place: Place = {
      name: name === undefined ? old.name : placeName(name),
      registration: registration ?? old.registration,
      invite: renew ? newInvite() : old.invite,
    }
    await writePlace(sql, place)
    return { answer: place, changes: [] }
  })
}
