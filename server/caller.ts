// Who asks, and what that lets them do.
import type { Role } from "../protocol/event.ts"
import { Refusal } from "../protocol/refusal.ts"

/** `person: null` has not signed in; `address` is where the request came from, for throttling. */
export type Caller = {
  person: { id: number; name: string; role: Role } | null
  session: string | null
  address: string
  /** From another machine than ours, or by way of one, as far as can be seen. */
  elsewhere?: boolean
  /** What the browser's device cookie says: see people/devices.ts. */
  device?: string | undefined
  /** What the program that asks says it is, if it does. */
  agent?: string | undefined
}

type SignedIn = NonNullable<Caller["person"]>

export function mustBeSignedIn({ person }: Caller): SignedIn {
  if (!person) throw new Refusal("unauthorized", "Sign in first.")
  return person
}

/** Who reads: a person, by a session that has to stand when they do. */
export type Reader = { person: number; session: string | null }

export const readerOf = (caller: Caller): Reader => ({ person: mustBeSignedIn(caller).id, session: caller.session })

export function mustBeOwner(caller: Caller): SignedIn {
  const person = mustBeSignedIn(caller)
  if (person.role !== "owner") throw new Refusal("forbidden", "Only the owner of this place can do that. Ask them.")
  return person
}

/** Whoever has the data folder in hand is the owner: the program's own command line. Its session is in no table, and no session
 *  of anybody's has a name with a space in it; that somebody has none is not enough. */
export const operator = {
  person: { id: 0, name: "operator", role: "owner" },
  session: "the operator's",
  address: "local",
} as const satisfies Caller
