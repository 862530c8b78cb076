// The smallest story that still goes wrong: parts of the plan are left out for as long as some luck with the steps shows it.
import type { Plan } from "./plan.ts"
import { Store } from "./store.ts"
import { type Report, simulate } from "./world.ts"

/** A part is needed if so many orders of the steps go well without it. */
const LUCK = 12

/** Each run that goes wrong leaves its store behind. */
async function wrong(plan: Plan, luck: number): Promise<Report | null> {
  const { store } = kept
  const report = simulate(store, plan, luck, true)
  if (report.violations.length === 0) return null
  await store.abandon()
  kept.store = await Store.open()
  return report
}
const kept = { store: null as unknown as Store }

export async function shrink(report: Report): Promise<Report> {
  kept.store = await Store.open()
  let least = (await wrong(report.plan, 0)) ?? report
  for (let before = Number.POSITIVE_INFINITY; size(least.plan) < before; ) {
    before = size(least.plan)
    for (const plan of smaller(least.plan)) {
      if (size(plan) >= size(least.plan)) continue
      for (let luck = 0; luck < LUCK; luck++) {
        const still = await wrong(plan, luck)
        if (still?.violations[0]?.rule !== report.violations[0]?.rule) continue
        least = still!
        break
      }
      if (size(least.plan) < before) break // begin again from what is smaller now
    }
  }
  await kept.store.abandon()
  return least
}

const size = ({ actions, servers, odds, slow, clients }: Plan): number =>
  actions.length * 10 +
  actions.reduce((sum, action) => sum + ("times" in action ? action.times : 0), 0) +
  servers +
  Object.values(odds).filter((odd) => odd > 0).length +
  (slow ? 1 : 0) +
  clients.filter(({ lazy }) => lazy > 0).length

function* smaller(plan: Plan): Generator<Plan> {
  const { actions } = plan
  for (let length = Math.ceil(actions.length / 2); length >= 1; length = Math.floor(length / 2))
    for (let at = 0; at < actions.length; at += length)
      yield { ...plan, actions: [...actions.slice(0, at), ...actions.slice(at + length)] }
  for (const [at, action] of actions.entries())
    if ("times" in action && action.times > 1) yield { ...plan, actions: actions.with(at, { ...action, times: 1 }) }
  for (const name of Object.keys(plan.odds) as (keyof Plan["odds"])[])
    if (plan.odds[name] > 0) yield { ...plan, odds: { ...plan.odds, [name]: 0 } }
  if (plan.slow) yield { ...plan, slow: null }
  for (const [at, client] of plan.clients.entries())
    if (client.lazy > 0) yield { ...plan, clients: plan.clients.with(at, { ...client, lazy: 0 }) }
  if (plan.servers > 1 && !actions.some((action) => "server" in action && action.server >= plan.servers - 1))
    yield { ...plan, servers: plan.servers - 1 }
}
