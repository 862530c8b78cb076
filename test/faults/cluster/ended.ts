// What ends in one process ends in all: a session, and the membership of a room, while its streams are open in each of them.
// Not a byte of what comes after its tick is heard, within a second where there is Redis, and within two where there is none.
import { comes, until } from "../../world.ts"
import { follow } from "../doors.ts"
import type { Resident } from "../place.ts"
import { HOT } from "../run.ts"
import { aWhile, type ClusterFault, type ClusterRun } from "./run.ts"

/** Milliseconds: what is promised, and what a machine that is busy with other tests may add. */
const WITHIN = { redis: 1_000, clock: 2_000 }
const BUSY_MS = 2_000
const PASSWORD = "a few words make a good one"
const DOORS = ["websocket", "sse"] as const

type Ear = {
  name: string
  heard: { tick: number; kind: string; room?: number; isMine: boolean }[]
  over: boolean
  end(): void
}

/** Someone at every process by every door, who has heard something everywhere. Nobody else is them. */
async function ears(run: ClusterRun, { id }: Resident, cookie: string): Promise<Ear[]> {
  const after = await run.place.cursor()
  const all = run.place.processes.flatMap(({ url }, i) =>
    DOORS.map((door) => {
      const heard: Ear["heard"] = []
      const listening = follow[door]({ url, cookie, patience: 2_000, after }, (one) => {
        if (!("tick" in one)) return
        const { kind, tick } = one
        const isMine = one.kind === "member" && one.person.id === id
        heard.push({ kind, tick, isMine, ...("room" in one && { room: one.room }) })
      })
      const ear: Ear = { name: `by ${door} at process ${i + 1}`, heard, over: false, end: () => listening.end() }
      void listening.over.then(() => {
        ear.over = true
      })
      return ear
    }),
  )
  await until("they hear in each process", () => all.every(({ heard }) => heard.length > 0), 10_000)
  return all
}

/** Waits until it has come to all of them, and says how long that took. */
async function everywhere(run: ClusterRun, all: Ear[], what: string, isSo: (ear: Ear) => boolean): Promise<void> {
  const within = run.place.hasRedis ? WITHIN.redis : WITHIN.clock
  const began = performance.now()
  await comes(() => all.every(isSo), within + (run.long ? 0 : BUSY_MS))
  const took = performance.now() - began
  for (const { name } of all.filter((ear) => !isSo(ear)))
    run.blame("O7", `${name}, ${what} is not known ${took.toFixed(0)} ms later`)
  run.longest = Math.max(run.longest, took)
  run.measured = `within ${run.longest.toFixed(0)} ms ${what} was known in all processes`
}

const residentOf = (run: ClusterRun, name: string) => run.prepared.people.find((person) => person.name === name)!

async function send(url: string, method: string, cookie: string, fields?: Record<string, string>): Promise<string> {
  const body = fields && new URLSearchParams(fields)
  const answer = await fetch(url, {
    method,
    headers: { cookie, accept: "text/html" },
    redirect: "manual",
    ...(body && { body }),
  })
  if (answer.status >= 400) throw new Error(`${method} ${new URL(url).pathname} is answered with ${answer.status}`)
  return answer.text()
}

/** By signing out, by a new password, which ends all sessions, or by being removed; answers whether it was that. */
async function endSession(run: ClusterRun, cookie: string): Promise<boolean> {
  const how = run.dice()
  if (how < 0.6) {
    run.did("hal signs out")
    await send(`${run.dice.among(run.place.urls)}/logout`, "POST", cookie)
  } else if (how < 0.8) {
    run.did("hal has a new password")
    await newPassword(run)
  } else {
    run.did("hal is removed")
    await send(`${run.dice.among(run.place.urls)}/place/expel`, "POST", ownerOf(run).cookie, { username: "hal" })
  }
  return how >= 0.8
}

const ownerOf = (run: ClusterRun) => run.prepared.people[0]!

async function newPassword(run: ClusterRun): Promise<void> {
  const link = `${run.dice.among(run.place.urls)}/place/password-link`
  const page = await send(link, "POST", ownerOf(run).cookie, { username: "hal" })
  const [, path] = page.match(/(\/password\/[\w-]+)/) ?? []
  await send(run.dice.among(run.place.urls) + path, "POST", "", { password: PASSWORD })
}

/** Whoever was removed is let in again, for the next time. */
async function comesBack(run: ClusterRun, { id }: Resident): Promise<void> {
  await newPassword(run)
  const { cookie } = await run.place.newSession(id)
  await send(`${run.dice.among(run.place.urls)}/api/v1/rooms/${HOT}/membership`, "PUT", cookie)
}

async function signsOut(run: ClusterRun): Promise<void> {
  await aWhile(run, 0, 200)
  const hal = residentOf(run, "hal")
  const { id, cookie } = await run.place.newSession(hal.id)
  const all = await ears(run, hal, cookie)
  const isRemoved = await endSession(run, cookie)
  await everywhere(run, all, "the end of a session", ({ over }) => over)
  const [session] = await run.place.ask<{ tick: number }>(`select tick from sessions where id = '${id}'`)
  silentAfter(run, all, "their session", session?.tick ?? 0)
  for (const { end } of all) end()
  if (isRemoved) await comesBack(run, hal)
}

async function leaves(run: ClusterRun): Promise<void> {
  await aWhile(run, 0, 200)
  const gus = residentOf(run, "gus")
  const room = run.prepared.rooms[HOT]!
  const membership = `/api/v1/rooms/${HOT}/membership`
  await send(run.dice.among(run.place.urls) + membership, "PUT", gus.cookie)
  const all = await ears(run, gus, gus.cookie)
  const before = (await run.place.cursor()).split(".")[1]
  run.did("gus leaves")
  await send(run.dice.among(run.place.urls) + membership, "DELETE", gus.cookie)
  const isOut = ({ heard }: Ear) => heard.some((one) => one.isMine && one.room === room && one.tick > Number(before))
  await everywhere(run, all, "someone's leaving", isOut)
  await aWhile(run, 100, 300)
  const [left] = await run.place.ask<{ tick: number }>(
    `select tick from members where room = ${room} and person = ${gus.id}`,
  )
  silentAfter(run, all, "their leaving", left?.tick ?? 0, room)
  for (const { end } of all) end()
}

function silentAfter(run: ClusterRun, all: Ear[], what: string, tick: number, room?: number): void {
  for (const { name, heard } of all) {
    const late = heard.find((one) => one.tick > tick && (room === undefined || one.room === room))
    if (late) run.blame("O7", `${name}, tick ${late.tick} is heard after ${what} ended at ${tick}`)
  }
}

const signedOut: ClusterFault = { name: "signed-out", workers: 3, strike: signsOut }
const signedOutWithoutRedis: ClusterFault = {
  ...signedOut,
  name: "signed-out-no-redis",
  layout: { redis: false },
}
const left: ClusterFault = { name: "left", workers: 3, strike: leaves }
const leftWithoutRedis: ClusterFault = { ...left, name: "left-no-redis", layout: { redis: false } }

/** Membership at its fastest: each coming and going at another process. */
const expelled: ClusterFault = {
  name: "expelled",
  habits: { stays: 500, away: 150, pause: 4, roams: 0.4 },
  strike: (run) => aWhile(run, 300, 600),
}

export const ofEnds = [signedOut, signedOutWithoutRedis, left, leftWithoutRedis, expelled]
