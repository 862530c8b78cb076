// A group of commands in one transaction on Postgres.
//
// The clock's row is locked first, not last, and stays locked until the commit: the groups of all processes then run one
// after the other, and what a command reads is what is. Locked last, it would have read what another process was about to
// change, and a message could stand after its author's removal. And nobody else can take a tick meanwhile: they are counted
// here, and the row is written once.
//
// What is slow is not Postgres but the way there and back. Commands that say whose they are run side by side, and what they ask
// alike goes out as one statement (together.ts). If that does not come out as if each person's had run in turn, the part is
// undone and run again: first each person's in turn, then one command at a time, with a savepoint each.
import type { ReservedSQL } from "bun"
import { Refusal } from "../../../protocol/refusal.ts"
import type { Sql, Work } from "../sql.ts"
import { isLocked } from "./out-of-reach.ts"
import { together, verbOf } from "./together.ts"

export type Waiting = {
  work: Work<unknown>
  person: number | undefined
  resolve(result: unknown): void
  reject(error: unknown): void
}
type Settle = () => void

/** Takes the clock, then runs the group that is formed; answers how to tell each what came of it, when all is on disk. Throws
 *  when it broke off; after an error at COMMIT nobody knows whether it is done, and the connection must be given up. */
export async function inOneTransaction(held: ReservedSQL, form: () => Waiting[]): Promise<Settle[]> {
  const clock: Clock = { tick: 0, isOver: false }
  try {
    const [, [row]] = await Promise.all([held`begin`, held`select tick from clock where id = 1 for update`])
    const begun = Number(row.tick)
    clock.tick = begun
    const settled: Settle[] = []
    for (const part of partsOf(form())) settled.push(...(await run(held, clock, part, "at once")))
    const written = clock.tick > begun ? held`update clock set tick = ${clock.tick} where id = 1` : null
    const [, { command }] = await Promise.all([written, held`commit`])
    if (command !== "COMMIT")
      throw new Error("A command went on after one of its statements had failed: all is undone.")
    return settled
  } catch (error) {
    clock.isOver = true
    await held`rollback`.catch(() => {}) // the connection may be gone
    throw error
  }
}

/** What it shows now, as nobody else sees it yet. When it `isOver` the transaction is, and whatever some command still asks
 *  would stand for itself. */
type Clock = { tick: number; isOver: boolean }

/** Neighbours that say whose they are may run side by side; every other command runs alone, as if there were no other. */
function partsOf(group: Waiting[]): Waiting[][] {
  const parts: Waiting[][] = []
  for (const one of group) {
    const last = parts.at(-1)
    if (one.person !== undefined && last?.[0]?.person !== undefined) last.push(one)
    else parts.push([one])
  }
  return parts
}

/** All side by side, or those of one person one after the other. If that did not do, all is undone, and done in another way.
 *  The savepoints end with the commit: to release them would be a way there and back, and give nothing free. */
async function run(held: ReservedSQL, clock: Clock, part: Waiting[], mode: "at once" | "in turn"): Promise<Settle[]> {
  const before = clock.tick
  const sql = together(held, () => clock.isOver)
  const lanes = new Map<number, Promise<unknown>>()
  const [, ...ran] = await Promise.all([
    held`savepoint part`,
    ...part.map((one) => {
      const earlier = mode === "in turn" && one.person !== undefined ? lanes.get(one.person) : undefined
      const mine = earlier ? earlier.then(() => attempt(sql, clock, one)) : attempt(sql, clock, one)
      if (one.person !== undefined) lanes.set(one.person, mine)
      return mine
    }),
  ])
  const isGood = ran.every(({ spoiled }) => !spoiled) && (mode === "in turn" || keepsOrder(ran))
  if (!isGood) {
    await held`rollback to part`
    clock.tick = before
  }
  if (isGood || part.length === 1) return ran.map(({ settle }) => settle)
  if (mode === "at once") return run(held, clock, part, "in turn")
  const again: Settle[] = []
  for (const one of part) again.push(...(await run(held, clock, [one], "in turn")))
  return again
}

/** What came of one command. */
type Ran = {
  person: number | undefined
  settle: Settle
  /** It failed, and left something to undo: it wrote, or a statement of it failed, after which Postgres takes no other. */
  spoiled: boolean
  wrote: boolean
  /** It wrote nothing but new rows. */
  inserted: boolean
  /** The first tick that it took, and the last; 0 if it took none. */
  first: number
  last: number
}

async function attempt(asked: Sql, clock: Clock, { work, person, resolve, reject }: Waiting): Promise<Ran> {
  const ran: Ran = { person, settle: () => {}, spoiled: false, wrote: false, inserted: true, first: 0, last: 0 }
  const sql: Sql = (strings, ...values) => {
    const verb = verbOf(strings)
    if (verb !== "select") {
      ran.wrote = true
      ran.inserted &&= verb === "insert"
    }
    return asked(strings, ...values)
  }
  sql.takeTicks = (count) => {
    ran.wrote = true
    ran.first ||= clock.tick + 1
    clock.tick += count
    ran.last = clock.tick
    return clock.tick
  }
  try {
    const result = await work(sql)
    ran.settle = () => resolve(result)
  } catch (error) {
    if (isLocked(error)) throw error
    ran.spoiled = ran.wrote || !(error instanceof Refusal)
    ran.settle = () => reject(error)
  }
  return ran
}

/** Whether it came out as if one person's commands had run one after the other. What they read they read before any of them
 *  wrote: so they may have written only what a unique index would have told apart, and must have come to it in their order. */
function keepsOrder(ran: Ran[]): boolean {
  const last = new Map<number, Ran>()
  for (const one of ran) {
    if (!one.wrote) continue
    const earlier = last.get(one.person!)
    if (earlier && !(earlier.inserted && one.inserted && earlier.last < one.first)) return false
    last.set(one.person!, one)
  }
  return true
}
