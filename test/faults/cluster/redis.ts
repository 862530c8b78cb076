// Redis at its worst. It may die, forget, freeze, lose, repeat, reorder and go deaf: people notice that what others say comes
// a little later, and nothing else.

import * as says from "./log.ts"
import type { Mood } from "./redis-way.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

const THROUGH_PROXIES = { between: "proxies" } as const

const killed: ClusterFault = {
  name: "redis-killed",
  log: says.ofRedis,
  page: true,
  measures: true,
  async strike(run) {
    await aWhile(run, 100, 500)
    run.did("Redis is killed")
    await run.place.redis.kill()
    await (run.long ? aWhile(run, 500, 6_000) : aWhile(run, 200, 800))
    await run.place.redis.start()
    run.did("Redis is there again")
  },
}

/** Nothing of ours is kept in Redis, so nothing can be missing. */
const emptied: ClusterFault = {
  name: "redis-emptied",
  log: says.ofRedis,
  measures: true,
  async strike(run) {
    await aWhile(run, 50, 300)
    const { redis } = run.place
    const deed = run.dice.among(["FLUSHALL", "SCRIPT FLUSH", "another"])
    run.did(deed === "another" ? "Redis is killed, and an empty one is there" : deed)
    if (deed !== "another") return void (await redis.say(...(deed.split(" ") as [string, ...string[]])))
    await redis.kill()
    await redis.start()
  },
}

const frozen: ClusterFault = {
  name: "redis-frozen",
  log: says.ofRedis,
  measures: true,
  async strike(run) {
    await aWhile(run, 100, 400)
    run.did("Redis is frozen")
    run.place.redis.freeze()
    await (run.long ? aWhile(run, 200, 8_000) : aWhile(run, 200, 1_500))
    run.place.redis.thaw()
    run.did("Redis thaws")
  },
}

const inMood = (run: ClusterRun, mood: Mood) => {
  for (const { toRedis } of run.place.ways) if (toRedis) toRedis.mood = mood
}

const loses =
  (run: ClusterRun, share: number): Mood =>
  () =>
    run.dice() < share ? [] : [0]

/** Silently: the connection stays, and the rest comes. At last all is lost that is said, and only the beats come. */
const losing: ClusterFault = {
  name: "redis-losing",
  log: says.ofRedis,
  page: true,
  measures: true,
  layout: THROUGH_PROXIES,
  async strike(run) {
    const share = 0.01 + run.dice() * 0.49
    run.did(`Redis loses ${(100 * share).toFixed(0)} % of what is said`)
    inMood(run, loses(run, share))
    await aWhile(run, 300, 800)
  },
  async atLast(run) {
    run.did("Redis loses all that is said, and the beats come")
    inMood(run, ({ isBeat }) => (isBeat ? [0] : []))
  },
}

/** As much as the figures speak of. */
const losingFifth: ClusterFault = {
  ...losing,
  name: "redis-losing-20",
  async strike(run) {
    inMood(run, loses(run, 0.2))
    await aWhile(run, 300, 800)
  },
}

const repeating: ClusterFault = {
  name: "redis-repeating",
  log: says.ofRedis,
  layout: THROUGH_PROXIES,
  async strike(run) {
    inMood(run, () => Array.from({ length: 1 + run.dice.upTo(3) }, (_, i) => i * run.dice() * 100))
    await aWhile(run, 300, 600)
  },
}

const reordering: ClusterFault = {
  name: "redis-reordering",
  log: says.ofRedis,
  layout: THROUGH_PROXIES,
  habits: { burst: 10, bursts: 0.5 }, // one overtakes another only where they are close
  async strike(run) {
    const most = 20 + run.dice() * 250
    inMood(run, () => [run.dice() < 0.4 ? 0 : run.dice() * most])
    await aWhile(run, 300, 600)
  },
}

const kick = (run: ClusterRun) => run.place.redis.say("CLIENT", "KILL", "TYPE", "pubsub")

/** Bytes that Redis lets wait for one who has subscribed, before it is kicked; and what is usual. */
const LIMIT = { tiny: "pubsub 4096 1024 1", usual: "pubsub 33554432 8388608 60" }

/** By hand, or because one takes nothing while much is said: what has been said meanwhile is lost to it. */
const kicked: ClusterFault = {
  name: "redis-kicked",
  log: says.ofRedis,
  measures: true,
  layout: THROUGH_PROXIES,
  habits: { burst: 30, bursts: 0.7 },
  async strike(run) {
    await aWhile(run, 50, 300)
    if (run.dice() < 0.5) {
      run.did("who has subscribed is kicked")
      await kick(run)
    } else {
      const way = run.dice.among(run.place.ways).toRedis
      run.did("one takes nothing, and is kicked when too much waits for it")
      await run.place.redis.say("CONFIG", "SET", "client-output-buffer-limit", LIMIT.tiny)
      way?.proxy.hold("down")
      await aWhile(run, 200, 1_200)
      way?.proxy.release()
    }
  },
  async heal(run) {
    await run.place.redis.say("CONFIG", "SET", "client-output-buffer-limit", LIMIT.usual)
    for (const way of run.place.ways) way.heal()
  },
  async atLast(run) {
    run.did("who has subscribed is kicked")
    await kick(run)
  },
}

const deafen = (run: ClusterRun) => {
  for (const { toRedis } of run.place.ways) toRedis?.deafen()
}

/** What has subscribed stays connected, and hears nothing more. */
const deaf: ClusterFault = {
  name: "redis-deaf",
  log: says.ofRedis,
  measures: true,
  layout: THROUGH_PROXIES,
  async strike(run) {
    await aWhile(run, 200, 500)
    run.did("one hears nothing more from Redis")
    run.dice.among(run.place.ways).toRedis?.deafen()
    await aWhile(run, 200, run.long ? 4_000 : 800)
  },
  async atLast(run) {
    run.did("nobody hears anything more from Redis")
    deafen(run)
  },
}

export const ofRedis = [killed, emptied, frozen, losing, losingFifth, repeating, reordering, kicked, deaf]
