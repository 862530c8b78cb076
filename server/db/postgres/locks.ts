// Who may be at a database at the same time, by locks that end with the connection that took them. Any number of processes
// have a place open; one at a time brings it up to the present; and whoever moves it is alone with it.
import type { ReservedSQL } from "bun"
import { isOutOfReach } from "./out-of-reach.ts"

/** One key for all processes of a place: held to bring it up to the present, and throughout a move. */
const CHANGING = 7_267_001
/** Another, which each connection of an open place shares. */
const OPEN = 7_267_002

/** Keeps it until the connection ends or gives it up, once for each time that it took it. */
export async function beginChanging(held: ReservedSQL): Promise<void> {
  await held`select pg_advisory_lock(${CHANGING})`.catch((error: Error) => {
    throw isOutOfReach(error) ? busy() : error
  })
}

export const busy = () =>
  new Error("Another Parlour is starting on this Postgres, or a place is moved there: try again when that is done.")

export async function endChanging(held: ReservedSQL): Promise<void> {
  await held`select pg_advisory_unlock(${CHANGING})`
}

/** False while the place is moved, which must not begin while a connection of a place is there, nor one come in its midst. */
export async function enter(held: ReservedSQL): Promise<boolean> {
  const [{ entered }] = await held`select pg_try_advisory_lock_shared(${OPEN}) as entered`
  return entered
}

/** False while a place is open there. */
export async function enterAlone(held: ReservedSQL): Promise<boolean> {
  const [{ alone }] = await held`select pg_try_advisory_lock(${OPEN}) as alone`
  return alone
}
