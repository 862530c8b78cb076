// How every run begins: who and what is there, as changes and as rows. Everyone is in the first room.
import type { Change, Room } from "../../../protocol/event.ts"
import type { Plan } from "./plan.ts"
import type { Row } from "./store.ts"

export type Beginning = {
  everyone: { id: number; name: string }[]
  rooms: number[]
  tick: number
  changes: Change[]
  rows: Row[][]
}

export function beginningOf({ people, rooms: howMany, clients }: Plan): Beginning {
  const everyone = Array.from({ length: people }, (_, i) => ({ id: i + 1, name: ["ann", "bob", "cyd"][i]! }))
  const rooms = Array.from({ length: howMany }, (_, i) => people + i + 1)
  let tick = people + howMany
  const first: Change[] = [
    ...everyone.map(({ id, name }) => ({ kind: "person" as const, tick: id, id, name, role: "member" as const })),
    ...rooms.map((id): Room => ({ kind: "room", tick: id, id, name: `room ${id}`, slug: `room-${id}` })),
    ...everyone.map(({ id, name }) => ({
      kind: "member" as const,
      tick: ++tick,
      room: rooms[0]!,
      person: { id, name },
      present: true,
    })),
  ]
  const sessions = clients.map((_, i) => ({
    id: `s${i}`,
    hash: `h${i}`,
    person: clients[i]!.person + 1,
    at: 0,
    seen: 0,
  }))
  const rows = [
    everyone.map(({ id, name }) => ({ id, name, password: null, role: "member", at: 0, tick: id })),
    sessions,
    rooms.map((id) => ({ id, slug: `room-${id}`, name: `room ${id}`, at: 0, tick: id })),
    first.flatMap((one) =>
      one.kind === "member" ? [{ room: one.room, person: one.person.id, present: 1, tick: one.tick }] : [],
    ),
  ]
  return { everyone, rooms, tick, changes: first, rows }
}
