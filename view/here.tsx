// Who of a room's people is here.
import type { Author, Here } from "../protocol/event.ts"

/** Whoever looks is here, too, though it may not have come round yet. Of many it is not known who is among them. */
export function withPerson(here: Here, { id, name }: Author): Here {
  const { count, people } = here
  if (count > people.length || people.some((person) => person.id === id)) return here
  return { ...here, count: count + 1, people: [...people, { id, name }].sort((a, b) => a.id - b.id) }
}
