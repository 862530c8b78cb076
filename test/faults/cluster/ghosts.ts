// Who is here, when a process dies: its people are gone within half a minute, the others are there all the time, and nobody
// is a ghost when it is there again.
import { SPANS } from "../../../server/live/presence.ts"
import { until } from "../../world.ts"
import { follow, type Listening } from "../doors.ts"
import type { Resident } from "../place.ts"
import { HOT } from "../run.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

/** Milliseconds within which the people of a process that died are gone, in every other. */
const GONE_MS = 30_000
/** In short runs all of it goes so much faster; what a busy machine adds does not. */
const FASTER = 4
const faster = Object.fromEntries(Object.entries(SPANS).map(([span, milliseconds]) => [span, milliseconds / FASTER]))
const BUSY_MS = 4_000
/** Of each process one, who is with no other. */
const GUESTS = ["fay", "gus", "hal"]
const LOOK_MS = 100

type Guest = Resident & { listening: Listening | null }

/** Who is here, as this process says. */
async function hereAt(run: ClusterRun, url: string): Promise<Set<number>> {
  const { cookie } = run.prepared.people[0]!
  const answer = await fetch(`${url}/events?room=${HOT}&wait=0`, { headers: { cookie }, keepalive: false })
  const { here } = (await answer.json()) as { here: { people: { id: number }[] } }
  return new Set(here.people.map(({ id }) => id))
}

function come(run: ClusterRun, guest: Guest, process: number): void {
  const url = run.place.urls[process]!
  guest.listening = follow.websocket({ url, cookie: guest.cookie, patience: 2_000, after: run.cursor }, () => {})
}

async function strike(run: ClusterRun): Promise<void> {
  const within = run.long ? GONE_MS : GONE_MS / FASTER + BUSY_MS
  const guests = GUESTS.map(
    (name): Guest => ({ ...run.prepared.people.find((one) => one.name === name)!, listening: null }),
  )
  const { processes } = run.place
  for (const [i, guest] of guests.entries()) come(run, guest, i)
  await until(
    "everyone is here, in each process",
    async () => {
      const all = await Promise.all(run.place.urls.map((url) => hereAt(run, url)))
      return all.every((here) => guests.every(({ id }) => here.has(id)))
    },
    GONE_MS,
  )
  await aWhile(run, 0, 300)
  const dying = run.dice.upTo(processes.length)
  const gone = guests[dying]!
  const [others, urls] = [guests.filter((guest) => guest !== gone), run.place.urls.filter((_, i) => i !== dying)]
  run.did(`kill -9 of process ${dying + 1}, and ${gone.name} does not come back`)
  await processes[dying]!.kill()
  const killed = performance.now()
  let isGone = false
  while (!isGone && performance.now() - killed < within) {
    await Bun.sleep(LOOK_MS)
    const all = await Promise.all(urls.map((url) => hereAt(run, url)))
    isGone = all.every((here) => !here.has(gone.id))
    const missed = others.find(({ id }) => all.some((here) => !here.has(id)))
    if (missed) run.blame("O12", `${missed.name} was there all the time, and is not here any more`)
  }
  const took = performance.now() - killed
  if (!isGone) run.blame("O12", `${gone.name} is still here ${took.toFixed(0)} ms after their process was killed`)
  run.longest = Math.max(run.longest, took)
  run.measured = `${(run.longest / 1000).toFixed(1)} s after kill -9 its people were gone in the other processes${run.long ? "" : `, where all goes ${FASTER} times faster`}`
  await processes[dying]!.start()
  const again = await hereAt(run, processes[dying]!.url)
  if (again.has(gone.id)) run.blame("O12", `${gone.name} is here again with the process that died, as a ghost`)
  for (const { listening } of guests) listening?.end()
}

const ghosts: ClusterFault = {
  name: "ghosts",
  workers: 3,
  once: true,
  inShort: { SPANS: JSON.stringify(faster) },
  strike,
}
const ghostsWithoutRedis: ClusterFault = { ...ghosts, name: "ghosts-no-redis", layout: { redis: false } }

export const ofGhosts = [ghosts, ghostsWithoutRedis]
