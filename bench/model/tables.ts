// What the model says, as tables.
import { median, short } from "../row.ts"
import {
  type Ask,
  bytesOut,
  caseOf,
  clockOf,
  databasesFor,
  memoryOf,
  mostPosts,
  SERVER_PROCESSORS,
  type Setup,
  setupFor,
  storm,
} from "./bounds.ts"
import { breaksTable } from "./breaks.ts"
import { compareAll } from "./compare.ts"
import { type Cost, costOf, type Prices } from "./cost.ts"
import { hereTable } from "./here.ts"
import { type Constants, constantsOf, meanings, type Name, type Taken } from "./measured.ts"
import type { Report } from "./report.ts"
import { sendingTime, simulate } from "./simulate.ts"
import { atMost } from "./use.ts"
import { bits, bytes, ms, offBy, percent, spread, table } from "./words.ts"

type Wish = { seed: number; audience: number; distance: number; prices: Prices }

const CONNECTIONS = [1_000, 10_000, 100_000, 1_000_000]
const MESSAGES = [1_000, 10_000, 100_000]
/** Microseconds there and back: one machine, one rack, one data centre, a neighbouring one, another part of the country. */
const DISTANCES = [0, 100, 200, 500, 1_000, 5_000]
const HOT = [1, 10, 50]
/** Posts that are simulated, of one place: enough for a 99th percentile. */
const ENOUGH = 6_000
const MOST_TRIES = 6
/** Who does not get through so much of what comes falls behind; in a run this short chance takes some, too. */
const KEEPS_UP = 0.93
/** Milliseconds after which nobody would call it live. */
const TOO_LATE = 3_000
const YEAR = 365 * 86_400

export function tables(taken: Taken, wish: Wish): string {
  const c = constantsOf(taken)
  const parts: [string, string][] = [
    ["What was measured", constantsTable(taken)],
    ["The model beside what was measured", comparedTable(taken, c, wish)],
    ["The clock of one place", clockTable(c)],
    ["So many connections, so many messages", gridTable(c, wish)],
    ["One room in which all are", hotTable(c, wish)],
    ["What would break first, and what is next", breaksTable(c, wish)],
    ["All cut off at once", stormTable(c, wish)],
    ["Who is here", hereTable(c, peopleOnline(c, wish))],
    ["What is kept", keptTable(c)],
    ["What it costs", costTable(c, wish)],
  ]
  return parts.map(([title, table]) => `### ${title}\n\n${table}`).join("\n\n")
}

/** Above which other work has made what was measured worse than it is. */
const BUSY = 1

const constantsTable = ({ at, machine, load, constants }: Taken) =>
  `Measured on ${at.slice(0, 10)}, ${machine}${load > BUSY ? `, beside other work (a load of ${short(load)}): alone, times are shorter` : ""}.\n\n${table(
    ["what", "measured", "how"],
    (Object.keys(meanings) as Name[]).map((name) => {
      const { value, unit, from } = constants[name]
      return [meanings[name], unit === "bytes" ? bytes(value) : `${short(value)} ${unit}`.trim(), from]
    }),
  )}`

function comparedTable(taken: Taken, c: Constants, { seed }: Wish): string {
  const compared = compareAll(taken, c, seed)
  const rows = compared.map(({ measured, predicted, p99, off }) => [
    `${measured.processes}`,
    measured.inFlight
      ? `${measured.senders} people, each with ${measured.inFlight} under way`
      : measured.receivers
        ? `${measured.perSecond}/s, ${short(measured.receivers)} listen`
        : `${measured.perSecond}/s`,
    measured.free.toFixed(1),
    `${short(measured.posts)}/s, ${ms(measured.p99)}`,
    `${short(predicted.posts)}/s, ${ms(p99)}`,
    `${offBy(off.posts)}, ${offBy(off.p99)}`,
  ])
  const whole = table(["processes", "load", "processors free", "measured: posts, p99", "model", "off by"], rows)
  const asMuchAsGoes = compared.filter(({ measured }) => measured.inFlight !== null)
  const wrong = `As many posts as go: off by ${percent(median(asMuchAsGoes.map(({ off }) => Math.abs(off.posts))))} in the middle. The 99th percentiles: too long or too short by a factor of ${short(median(compared.map(({ off }) => factor(off.p99))))} in the middle, ${short(Math.max(...compared.map(({ off }) => factor(off.p99))))} at worst.`
  return `${whole}\n\n${wrong}\n\n${sendingTable(taken, c)}`
}

/** By how much a part is more or less, either way. */
const factor = (off: number): number => Math.max(1 + off, 1 / (1 + off))

/** By the runtime alone, so that nothing but sending is in it. */
function sendingTable({ sending }: Taken, c: Constants): string {
  const rows = sending.map(({ receivers, underWay, cost }) => {
    const predicted = sendingTime(underWay, receivers, receivers, c) / underWay / receivers
    return [
      `${short(receivers)} listen, ${underWay} ${underWay === 1 ? "message" : "messages"} under way`,
      `${short(cost)} µs`,
      `${short(predicted)} µs`,
      offBy(predicted / cost - 1),
    ]
  })
  return table(["sending alone (bin/bench: bare)", "measured: a delivery", "model", "off by"], rows)
}

function clockTable(c: Constants): string {
  const rows = DISTANCES.map((distance) => {
    const { fixed, each, most } = clockOf(c, distance)
    return [
      distance === 0 ? "one machine" : `${distance / 1000} ms`,
      ms((fixed + each) / 1000),
      `${short(1e6 / (fixed + each))}/s`,
      ms((fixed + most * each) / 1000),
      `${short(mostPosts(c, distance))}/s`,
    ]
  })
  return table(
    ["to the database and back", "a group of one", "one at a time", `a group of ${c.largestGroup}`, "at most"],
    rows,
  )
}

type Tried = { setup: Setup; report: Report; keepsUp: boolean }

/** As on paper; and with more, by halves, while that does not keep up: first of processes, then of places. */
function tried(ask: Ask, c: Constants, seed: number): Tried {
  let setup = setupFor(ask, c)
  for (let tries = 0; ; tries++) {
    const seconds = Math.min(10, Math.max(1, (ENOUGH * setup.places) / ask.messages))
    const report = simulate(caseOf(ask, setup), c, { seed, seconds, warmUp: 1 })
    const keepsUp = doesKeepUp(report)
    if (keepsUp || tries === MOST_TRIES) return { setup, report, keepsUp }
    const part = tries < MOST_TRIES / 2 ? "processes" : "places"
    setup = { ...setup, [part]: Math.ceil(setup[part] * 1.5) }
    setup.databases = databasesFor(setup.places)
  }
}

const doesKeepUp = ({ posts, offered, delivery }: Report): boolean =>
  posts > KEEPS_UP * offered && delivery.p99 < TOO_LATE

/** What of a report is nearest to its end. */
function busiest({ busy }: Report, ask: Ask, { places, distance }: Setup, c: Constants): string {
  const parts: [string, number][] = [
    ["clock", ask.messages / places / mostPosts(c, distance)],
    ["process", busy.process],
    ["Redis", busy.redis],
    ["Postgres", busy.postgres / SERVER_PROCESSORS],
  ]
  const [name, part] = parts.reduce((a, b) => (b[1] > a[1] ? b : a))
  return `${name}, ${percent(part)}`
}

function gridTable(c: Constants, { seed, audience, distance }: Wish): string {
  const rows = MESSAGES.flatMap((messages) =>
    CONNECTIONS.map((connections) => {
      const ask = { connections, messages, audience, distance }
      const { setup, report, keepsUp } = tried(ask, c, seed)
      return [
        `${short(messages)}/s`,
        short(connections),
        setup.places === 1 ? "1" : `${setup.places} on ${setup.databases}`,
        setup.places === 1 ? `${setup.processes}` : `${setup.places} x ${setup.processes}`,
        keepsUp ? spread(report.answer) : "does not keep up",
        keepsUp ? spread(report.delivery) : "",
        busiest(report, ask, setup, c),
        bytes(memoryOf(ask, setup, c)),
        bits(bytesOut(ask, c)),
      ]
    }),
  )
  const heads = ["messages", "connections", "places on databases", "processes", "answer p50, p99", "delivery p50, p99"]
  return table([...heads, "nearest to its end", "memory", "out"], rows)
}

function hotTable(c: Constants, { seed, distance }: Wish): string {
  const rows = CONNECTIONS.map((connections) => {
    const reports = HOT.map((messages) => {
      const ask = { connections, messages, audience: connections, distance }
      const setup = setupFor({ ...ask, messages: 1 }, c)
      const report = simulate(caseOf(ask, setup), c, { seed, seconds: 10, warmUp: 1 })
      return { setup, report, out: bytesOut(ask, c) }
    })
    return [
      short(connections),
      `${reports[0]!.setup.processes}`,
      ...reports.map(({ report }) => (doesKeepUp(report) ? spread(report.delivery) : "does not keep up")),
      bits(reports[1]!.out),
    ]
  })
  return table(["in the room", "processes", ...HOT.map((one) => `${one}/s: p50, p99`), `out at ${HOT[1]}/s`], rows)
}

function stormTable(c: Constants, { audience, distance }: Wish): string {
  const rows = CONNECTIONS.map((connections) => {
    const setup = setupFor({ connections, messages: atMost(connections), audience, distance }, c)
    const { process, postgres, tls } = storm(connections, setup.places * setup.processes, c)
    return [
      short(connections),
      `${setup.places * setup.processes}`,
      ms(process * 1000),
      ms(postgres * 1000),
      ms(tls * 1000),
    ]
  })
  return table(
    [
      "connections",
      "processes",
      "processes",
      `Postgres, ${SERVER_PROCESSORS} processors`,
      "TLS, as many processors as processes",
    ],
    rows,
  )
}

/** How many processes serve so many who speak like those who do. */
const peopleOnline = (c: Constants, { audience, distance }: Wish) =>
  CONNECTIONS.map((connections) => {
    const { processes } = setupFor({ connections, messages: atMost(connections), audience, distance }, c)
    return { connections, processes }
  })

function keptTable(c: Constants): string {
  const rows = [1, 100, ...MESSAGES].map((messages) => [
    `${short(messages)}/s`,
    bytes(messages * YEAR * c.row),
    `${bytes(messages * c.log)}/s`,
    bytes(messages * 86_400 * c.log),
  ])
  return table(["messages, all year", "rows a year", "log of Postgres", "log a day"], rows)
}

function costTable(c: Constants, { audience, distance, prices }: Wish): string {
  const rows = [...CONNECTIONS].map((people) => costOf(people, audience, distance, c, prices)).map(costRow)
  const stated = `Cents a month: a small machine ${prices.small}, a processor with 4 GB ${prices.core}, a gigabyte ${prices.gigabyte}, a terabyte out ${prices.terabyte}.`
  return `${stated}\n\n${table(["people online", "messages in the busiest hour", "set-up", "kept a year, twice", "out a month", "a month", "a thousand people"], rows)}`
}

const costRow = ({ people, ask, setup, isSmall, cores, gigabytes, terabytes, cents }: Cost): string[] => [
  short(people),
  `${short(ask.messages)}/s`,
  isSmall ? "one small machine" : `${setup.places * setup.processes} processes, ${cores} processors`,
  bytes(gigabytes * 1e9),
  bytes(terabytes * 1e12),
  `${short(cents / 100)} €`,
  `${short(cents / 100 / (people / 1000))} €`,
]
