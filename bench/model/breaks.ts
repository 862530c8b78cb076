// What would break first, by size, and what to do about it: where each bound lies is reckoned from the constants, what comes
// next is ours to say.
import { short } from "../row.ts"
import { type Ask, bytesOut, clockOf, MOST_SOCKETS, mostPosts, setupFor, storm } from "./bounds.ts"
import { here } from "./here.ts"
import type { Constants } from "./measured.ts"
import { MOST_FLUSHED, simulate } from "./simulate.ts"
import { bits, bytes, ms, percent, table } from "./words.ts"

/** Connections to Postgres of a process, and those that Postgres has as it comes, less what it keeps for itself. */
const WAYS = 9
const WAYS_THERE_ARE = 97
/** Ports from which one address can reach one other, as Linux comes. */
const PORTS = 28_232
const MANY = 1_000_000

export function breaksTable(
  c: Constants,
  { seed, distance, audience }: { seed: number; distance: number; audience: number },
) {
  const ask: Ask = { connections: MANY, messages: 1_000, audience, distance }
  const { processes } = setupFor(ask, c)
  const answer = (writers: number) =>
    ms(
      simulate(
        {
          places: 1,
          processes: writers,
          connections: MANY,
          audience,
          load: { perSecond: 1_000 },
          distance,
          shared: null,
        },
        { ...c, flushSocket: 0, flushMessage: 0, flushByte: 0 }, // what writing costs, without those who listen
        { seed, seconds: 5 },
      ).answer.p50,
    )
  const alone = MOST_SOCKETS * (c.flushSocket + c.flushMessage + c.flushByte * c.wire)
  const full = MOST_SOCKETS * (c.flushSocket + MOST_FLUSHED * (c.flushMessage + c.flushByte * c.wire))
  const { fixed, each } = clockOf(c, distance)
  const onRedis = (fixed + each - c.publish) / c.publishEach
  const back = storm(MANY, processes, c)
  const crowd = here(MANY, processes, c)
  const rows = [
    [
      "connections to Postgres",
      `${Math.floor(WAYS_THERE_ARE / WAYS)} processes, of ${WAYS} each: Postgres comes with 100`,
      "`max_connections`; then fewer readers a process",
    ],
    [
      "files and ports",
      `${short(MOST_SOCKETS)} sockets a process were measured; a proxy's address reaches a port ${short(PORTS)} times`,
      "`LimitNOFILE` (65536 in our units); a port for each process, or more addresses",
    ],
    [
      "one room in which all are",
      `${short(MOST_SOCKETS)} sockets of one process take ${ms(alone / 1000)} to be sent a message: ${short(1e6 / alone)} a second, and all else waits meanwhile`,
      `fewer sockets a process; then tell such rooms four times a second: ${MOST_FLUSHED} messages in one piece take ${ms(full / 1000)}`,
    ],
    [
      "many processes that all write",
      `each group waits for those of all others: at 1,000/s ${answer(2)} to the answer with 2 that write, ${answer(10)} with 10, ${answer(processes)} with ${processes}`,
      "few that write, and many that only listen and hand on what is said to them",
    ],
    [
      "the clock of a place",
      `${short(mostPosts(c, 0))}/s beside the database, ${short(mostPosts(c, distance))}/s ${distance / 1000} ms from it`,
      "fewer ways there and back in a group, fewer statements for a message; then more places",
    ],
    [
      "Redis, one thread and one channel a place",
      `some ${short(onRedis)} processes, if each message is a group of its own`,
      "a channel a room, heard only where somebody is in it; sharded channels (Redis 7) over several",
    ],
    [
      "who is here",
      `each process keeps all who are: ${bytes(crowd.memory)} for ${short(MANY)}, and writes its own, whole, every five seconds: the clock is held ${percent(crowd.held)} of the time. Without Redis it reads all others each second: ${bits(crowd.readWithout)} out of Postgres`,
      "write who came and went instead of all; keep those of the rooms that somebody here looks at, and tell the rest as a number; without Redis, none above some hundred thousand",
    ],
    [
      "all come back at once",
      `${short(MANY)} by ${processes} processes: ${short(back.process)} s of each, ${short(back.postgres)} s of eight processors of Postgres, ${short(back.tls)} s of as many for TLS`,
      "let in so many a second, and say when to try again; read who is in which room once, not for each",
    ],
    [
      "reading history",
      `${short(1e6 / c.page)} pages a second of one processor`,
      "a replica for pages, if its clock has come to what the hub has told; the primary otherwise. Live feeds go on asking the primary",
    ],
    [
      "what goes out",
      `at 1,000/s, each heard by ${audience}, ${bits(bytesOut(ask, c))}; a room of 100,000 at 10/s ${bits(bytesOut({ ...ask, connections: 100_000, messages: 10, audience: 100_000 }, c))}`,
      "more machines, proxies too: the proxy sends every byte again, encrypted",
    ],
    [
      "the disk of Postgres",
      `${bytes(c.row)} a message kept and ${bytes(c.log)} of log: a place of 1,000/s all year keeps ${bytes(c.row * 1_000 * 365 * 86_400)}`,
      "messages by month, as partitions; what is old on cheaper disk; standbys that take the log have to keep up with it",
    ],
  ]
  return table(["what breaks", "where", "next"], rows)
}
