// What a place costs a month, by prices that anyone may put others in the place of.
import { AROUND, type Ask, memoryOf, processBusy, type Setup, setupFor } from "./bounds.ts"
import type { Constants } from "./measured.ts"
import { atMost, ofAYear } from "./use.ts"

/** Cents a month. Assumed in November 2026, in the range of what small hosts in Europe ask for; without tax. */
export type Prices = {
  /** A small machine: two shared processors, 4 GB, 40 GB of disk, 20 TB of traffic. */
  small: number
  /** A processor of one's own, with 4 GB of memory. */
  core: number
  /** A gigabyte of replicated disk. */
  gigabyte: number
  /** A terabyte that goes out. */
  terabyte: number
}

export const PRICES: Prices = { small: 500, core: 1_500, gigabyte: 6, terabyte: 120 }

/** A year of messages is kept, twice: the database and its copy. */
const COPIES = 2
/** Bytes. */
const MEMORY_A_CORE = 4e9
/** Processors: it has one thread. */
const REDIS = 1
/** The primary, and a standby with as many processors. */
const SERVERS = 2
/** Most places of so many people, and no more, are one small machine and one file. */
const SMALL = 10_000
/** Postgres has so many times the processors that its posts need, as it vacuums besides and pages are read; and no fewer than
 *  the least. */
const ROOM_FOR_POSTGRES = 2
const LEAST_FOR_POSTGRES = 2

export type Cost = {
  people: number
  ask: Ask
  setup: Setup
  /** All on one small machine, in one file. */
  isSmall: boolean
  cores: number
  gigabytes: number
  terabytes: number
  cents: number
}

/** `people` are online, and speak like those who do; each hears what `audience` others hear, too. */
export function costOf(people: number, audience: number, distance: number, c: Constants, prices: Prices): Cost {
  const ask = { connections: people, messages: atMost(people), audience, distance }
  const setup = setupFor(ask, c)
  const gigabytes = (ofAYear(people) * c.row * COPIES) / 1e9
  const terabytes = ((ofAYear(people) / 12) * Math.min(audience, people) * (c.wire + AROUND)) / 1e12
  if (people <= SMALL) return { people, ask, setup, isSmall: true, cores: 2, gigabytes, terabytes, cents: prices.small }
  const { processes, places } = setup
  const busy = processBusy({ ...ask, connections: people / places, messages: ask.messages / places }, processes, c)
  const serving = places * processes
  const proxy = Math.max(2, Math.ceil(serving * busy))
  const busyPostgres = (ask.messages * c.writeDatabase) / 1e6
  const postgres = SERVERS * Math.max(LEAST_FOR_POSTGRES, Math.ceil(ROOM_FOR_POSTGRES * busyPostgres))
  const cores = Math.max(serving + proxy + postgres + REDIS, Math.ceil(memoryOf(ask, setup, c) / MEMORY_A_CORE))
  const cents = cores * prices.core + gigabytes * prices.gigabyte + terabytes * prices.terabyte
  return { people, ask, setup, isSmall: false, cores, gigabytes, terabytes, cents }
}
