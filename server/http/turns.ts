// Each request waits for its turn here (server/turns.ts). What is read holds its turn until it is answered. A command gives it
// back at once: it waits for its body, its password's hash and the disk, and has limits of its own; only a long body is looked at,
// and what is drawn about it afterwards is read, in another turn.
import type { MiddlewareHandler } from "hono"
import type { App } from "../app.ts"
import { laneOf, type Turns } from "../turns.ts"
import { stillStands } from "./asking.ts"
import { deviceOf } from "./cookies.ts"
import type { Ask, Env } from "./env.ts"

/** What it costs to read a command and to decline it, which most are who hammers one. */
const COMMAND_MS = 0.4
/** A body of more than so many bytes is looked at in a turn of its own, which costs so much for each KiB: twice what was measured of
 *  lone surrogates, which take longest to refuse (2.4 ms for 192 KiB). */
const LONG = 16 * 1024
const MS_PER_KIB = 0.03
/** What answers a request that was given up while it waited: nobody reads it. */
const GIVEN_UP = 499

/** After it is known who asks. They may have been removed while they waited: then a stranger's turn begins. */
export const inTurn = (app: App, turns: Turns): MiddlewareHandler<Env> => {
  const look = (context: Ask) => stillStands(app, context)
  return (context, next) => {
    const caller = context.get("caller")
    const account = caller.person ? null : app.devices.accountIn(caller.device)
    return waitFor(turns, laneOf(caller, account), context, next, look)
  }
}

/** Before it is known who asks: what hardly costs anything, in a lane of its own, by the address; or by the account, of a browser
 *  that is known, which so has its files whatever strangers at its address ask for. */
export const inTurnFor = (app: App, what: string): MiddlewareHandler<Env> => {
  const { turns, devices } = app
  if (!turns) return (_, next) => next()
  return (context, next) => {
    const account = devices.accountIn(deviceOf(app, context))
    const lane = account === null ? `${what} ${context.get("address")()}` : `account ${account} ${what}`
    return waitFor(turns, lane, context, next)
  }
}

/** `look`: what has to be looked at anew by who had to wait. */
async function waitFor(
  turns: Turns,
  lane: string,
  context: Ask,
  next: () => Promise<void>,
  look?: (context: Ask) => Promise<unknown>,
) {
  if (context.get("turn")) return next() // or it would wait for itself: an address may lead here twice
  const taken = turns.take(lane)
  const hasWaited = taken instanceof Promise
  const turn = hasWaited ? await taken : taken
  const isRead = context.req.method === "GET" || context.req.method === "HEAD"
  if (!isRead) turn.end(COMMAND_MS)
  else if (hasWaited && context.req.raw.signal.aborted) {
    turn.end()
    return new Response(null, { status: GIVEN_UP })
  }
  context.set("turn", turn)
  if (!isRead) {
    context.set("again", (work) => turns.run(lane, work))
    context.set("toLookAt", async (bytes) => {
      if (bytes > LONG) await turns.wait(lane, (bytes / 1024) * MS_PER_KIB)
    })
  }
  try {
    if (hasWaited) await look?.(context)
    await next()
  } finally {
    turn.end()
  }
  return undefined
}

/** Reads something before it is known who asks: as a stranger, who is refused when they have overdrawn. */
export async function inTurnOfAddress<Result>(
  { turns }: App,
  context: Ask,
  read: () => Promise<Result>,
): Promise<Result> {
  const turn = await turns?.take(laneOf({ person: null, address: context.get("address")() }))
  try {
    return await read()
  } finally {
    turn?.end()
  }
}

/** Reads something for the answer to a command. */
export const reading = <Result>(context: Ask, work: () => Promise<Result>): Promise<Result> => {
  context.set("hasRead", true)
  const again = context.get("again")
  return again ? again(work) : work()
}

/** What follows waits for things to happen, as feeds do, and holds nobody up. */
export function giveBackTurn(context: Ask): void {
  context.set("isFeed", true)
  context.get("turn")?.end()
}
