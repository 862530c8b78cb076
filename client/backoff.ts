// How long to wait before trying again: twice as long each time, never longer than a person's patience, and
// scattered by chance, so that a thousand clients of a restarted server do not all knock in the same instant.

const FIRST = 500
const LONGEST = 15_000

/** Milliseconds before the next try after so many failures in a row (1 is the first). `chance` is from 0 up to 1. */
export function backoff(failures: number, chance: number): number {
  const whole = Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1))
  return Math.round(whole / 2 + (whole / 2) * chance)
}
