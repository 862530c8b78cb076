// Who is here, on paper. While Redis carries who came and who went, a process reads of the others' tables only what it missed;
// it writes its own, whole, every few seconds in which it changed. Without Redis every process reads all others at each tick.
import { SPANS } from "../../server/live/presence.ts"
import { short } from "../row.ts"
import type { Constants } from "./measured.ts"
import { bits, bytes, ms, percent, table } from "./words.ts"

const BEATS = 1_000 / SPANS.beat
const TICKS = 1_000 / SPANS.tick

/** Of one place whose people are spread evenly, if in each process somebody comes or goes all the time. */
export function here(connections: number, processes: number, c: Constants) {
  const elsewhere = connections - connections / processes
  return {
    /** Bytes in each process. */
    memory: elsewhere * c.here,
    /** Seconds of each process that starts, before it serves. */
    first: (elsewhere * c.hereFirst) / 1e6,
    /** The part of its time that the clock's row is held: with Redis, and without. */
    held: (connections * c.hereHold * BEATS) / 1e6,
    heldWithout: (connections * c.hereHold * TICKS) / 1e6,
    /** Without Redis: the part of a processor in each process, and bytes a second out of Postgres to all. */
    busyWithout: (elsewhere * c.hereAgain * TICKS) / 1e6,
    readWithout: processes > 1 ? processes * elsewhere * c.hereBytes * TICKS : 0,
    /** Seconds of each process that hears of it by the bus when all come, or all go. */
    moved: (elsewhere * c.hereMoved) / 1e6,
  }
}

export function hereTable(c: Constants, setups: { connections: number; processes: number }[]): string {
  const rows = setups
    .filter(({ processes }) => processes > 1)
    .map(({ connections, processes }) => {
      const { memory, first, moved, held, heldWithout, busyWithout, readWithout } = here(connections, processes, c)
      return [
        short(connections),
        `${processes}`,
        bytes(memory),
        ms(first * 1000),
        ms(moved * 1000),
        percent(held),
        percent(heldWithout),
        percent(busyWithout),
        bits(readWithout),
      ]
    })
  const heads = [
    "connections",
    "processes",
    "memory of each",
    "a start reads for",
    "all come or go",
    "the clock is held",
  ]
  return table([...heads, "without Redis it is held", "each process is busy", "and Postgres sends"], rows)
}
