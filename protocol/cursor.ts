// A cursor says how far a client has heard: the database's epoch and the last tick it saw. The epoch changes
// when history forks (a backup restored, say), so that a cursor from another history is noticed, not believed.
// Clients hand cursors back as they got them; only this file looks inside.
export type Cursor = string

export const cursorAt = (epoch: string, tick: number): Cursor => `${epoch}.${tick}`

const CURSOR = /^(?:([a-z0-9]{1,32})\.)?(\d{1,15})$/
export const isCursor = (text: string): boolean => CURSOR.test(text)

/** A bare number is taken as a tick of the present epoch; whoever sends one is not warned of a fork. Throws for what is none: what
 *  comes from outside is asked for that first. */
export function parseCursor(text: string): { epoch: string | null; tick: number } {
  const [, epoch, digits] = text.match(CURSOR) ?? []
  if (!digits) throw TypeError("No cursor")
  return { epoch: epoch ?? null, tick: Number(digits) }
}
