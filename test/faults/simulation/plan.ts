// What happens in a run, by its seed, and how bad the world is. It is made before anything runs, so that a story can be told
// again without a part of it: what is left is smaller, and may still go wrong.
import type { Dice } from "../chance.ts"
import { diceOf } from "./dice.ts"
import { type Kind, kinds } from "./steps.ts"

export type Action =
  | { does: "say"; client: number; room: number; times: number }
  | { does: "join" | "leave"; client: number; room: number }
  | { does: "open"; client: number; name: string }
  | { does: "say nowhere" | "cut" | "quit" | "sign out"; client: number }
  | { does: "crash" | "start" | "pulse"; server: number }
  | { does: "back up" | "restore" | "silence" | "sound" | "wait" }

export type ClientPlan = { person: number; by: "stream" | "socket"; watching: number | null; lazy: number }

export type Plan = {
  seed: number
  /** Processes on one store. With one, its bus is its own, and loses nothing. */
  servers: number
  ownBus: boolean
  people: number
  rooms: number
  clients: ClientPlan[]
  actions: Action[]
  slow: Kind | null
  /** How likely each is, at each occasion. */
  odds: {
    readOld: number
    readLate: number
    readFails: number
    commitLate: number
    commitFails: number
    syncFails: number
    lost: number
    again: number
  }
}

const FEWEST_ACTIONS = 12
const MORE_ACTIONS = 26

export function planOf(seed: number): Plan {
  const dice = diceOf(seed, "plan")
  const servers = dice.among([1, 1, 1, 2, 2, 3])
  const people = 2 + dice.upTo(2)
  const rooms = 2 + dice.upTo(2)
  const calm = dice() < 0.15
  const odd = (most: number) => (calm ? 0 : dice() * most)
  const clients = Array.from({ length: 2 + dice.upTo(3) }, (_, i) => ({
    person: i < people ? i : dice.upTo(people),
    by: dice.among(["stream", "socket"] as const),
    watching: dice() < 0.15 ? dice.upTo(rooms) : null,
    lazy: dice() < 0.25 ? dice() : 0,
  }))
  return {
    seed,
    servers,
    ownBus: servers === 1 && dice() < 0.5,
    people,
    rooms,
    clients,
    slow: dice() < 0.5 ? dice.among(kinds) : null,
    odds: {
      readOld: odd(0.4),
      readLate: odd(0.2),
      readFails: dice() < 0.3 ? odd(0.05) : 0,
      commitLate: odd(0.3),
      commitFails: dice() < 0.3 ? odd(0.2) : 0,
      syncFails: dice() < 0.2 ? odd(0.3) : 0,
      lost: dice() < 0.7 ? odd(0.6) : 0,
      again: odd(0.4),
    },
    actions: Array.from({ length: FEWEST_ACTIONS + dice.upTo(MORE_ACTIONS) }, (_, i) =>
      action(dice, { servers, rooms, clients: clients.length }, `${seed} ${i}`),
    ),
  }
}

function action(dice: Dice, most: { servers: number; rooms: number; clients: number }, name: string): Action {
  const client = dice.upTo(most.clients)
  const room = dice.upTo(most.rooms)
  const server = dice.upTo(most.servers)
  const which = dice() * 100
  if (which < 38) return { does: "say", client, room, times: dice() < 0.3 ? 2 + dice.upTo(4) : 1 }
  if (which < 48) return { does: "join", client, room }
  if (which < 58) return { does: "leave", client, room }
  if (which < 61) return { does: "open", client, name }
  if (which < 64) return { does: "say nowhere", client }
  if (which < 76) return { does: "cut", client }
  if (which < 77) return { does: "quit", client }
  if (which < 79) return { does: "sign out", client }
  if (which < 83) return { does: "crash", server }
  if (which < 86) return { does: "start", server }
  if (which < 91) return { does: "pulse", server }
  if (which < 93) return { does: "back up" }
  if (which < 94.5) return { does: "restore" }
  if (which < 96) return { does: "silence" }
  if (which < 97) return { does: "sound" }
  return { does: "wait" }
}

export const inWords = ({ does, ...what }: Action): string =>
  [does, ...Object.entries(what).map(([name, value]) => `${name} ${value}`)].join(", ")
