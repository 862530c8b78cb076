// Who dies is gone: a process that is killed takes along those who were with it, and in no other process is anyone still
// shown as here half a minute later. Nor in the one that takes its place.
import { until } from "../../world.ts"
import { follow } from "../doors.ts"
import type { Resident } from "../place.ts"
import { HOT } from "../run.ts"
import { some } from "./redis.ts"
import type { ClusterFault, ClusterRun } from "./run.ts"

/** Milliseconds: what is promised. */
const WITHIN = 30_000

const isHere = async (url: string, cookie: string, { id }: Resident): Promise<boolean> => {
  const answer = await fetch(`${url}/events?room=${HOT}&wait=0`, { headers: { cookie } })
  const { here } = (await answer.json()) as { here: { people: { id: number }[] } }
  return here.people.some((person) => person.id === id)
}

async function vanishes(run: ClusterRun): Promise<void> {
  await some(run, 100, 300)
  const { place, prepared } = run
  const hal = prepared.people.find(({ name }) => name === "hal")!
  const { cookie } = await place.newSession(hal.id)
  const dying = run.dice.among(place.processes)
  const others = place.processes.filter((process) => process !== dying)
  await fetch(`${dying.url}/api/v1/rooms/${HOT}/membership`, { method: "PUT", headers: { cookie } })
  const { over } = follow.websocket({ url: dying.url, cookie, patience: 2_000, after: await place.cursor() }, () => {})
  const watcher = prepared.people[0]!.cookie
  const everywhere = async (expected: boolean, among = place.processes) =>
    (await Promise.all(among.map(({ url }) => isHere(url, watcher, hal)))).every((one) => one === expected)
  await until("hal is here in all processes", () => everywhere(true), WITHIN)
  run.did("kill -9 of the one that hal is with")
  await dying.kill()
  const began = performance.now()
  await over
  await until("", () => everywhere(false, others), WITHIN).catch(() => {})
  const took = performance.now() - began
  if (took >= WITHIN) run.blame("O12", "someone is still here whose process died half a minute ago")
  run.measured = `within ${(took / 1_000).toFixed(1)} s nobody was here any more who was with the one that died`
  await dying.start()
  if (await isHere(dying.url, watcher, hal))
    run.blame("O12", "the process that took its place believes what it had written")
}

const ghosts: ClusterFault = { name: "ghosts", workers: 2, once: true, strike: vanishes }
const ghostsWithoutRedis: ClusterFault = { ...ghosts, name: "ghosts-no-redis", layout: { redis: false } }

export const ofGhosts = [ghosts, ghostsWithoutRedis]
