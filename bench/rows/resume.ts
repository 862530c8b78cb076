// Coming back: one client that missed a thousand messages, and five thousand clients at once.
import { parlour, sayMany } from "../dialects.ts"
import { askAll, Ear, openEars, seatsAgain, turn } from "../ears.ts"
import { median, percentile, type Row, short } from "../row.ts"
import { type Server, startParlour, withFolder, withServer } from "../server.ts"

const MISSED = 1_000
const RESUMES = 200
const REACH_MS = 50
const CROWD = 5_000
const CROWD_MISSED = 100
const CROWD_REACH = 10
const TEXT = "Shall we meet at the harbour at noon? I bring the map, and you the sandwiches. ".repeat(2)
/** So long the whole crowd may take for what it missed. */
const PATIENCE = 30_000

export const resuming: Row = {
  name: "resume",
  what: `${short(MISSED)} missed messages, from the handshake to live`,
  reach: `p99 under ${REACH_MS} ms`,
  measure: () =>
    onParlour(async (server) => {
      const [seat] = await parlour.seats(server, 1)
      const [before] = await openEars(server, parlour, [seat!])
      before!.close()
      const [again] = seatsAgain([before!], [seat!])
      await sayMany(server, MISSED, TEXT)
      const times: number[] = []
      const used = server.processorTime()
      for (let i = 0; i < RESUMES; i++) {
        const began = performance.now()
        const ear = new Ear(server.port, parlour, again!)
        while (!ear.isReady && performance.now() - began < PATIENCE) {
          await turn()
          ear.ask()
        }
        times.push(performance.now() - began)
        if (ear.heard !== MISSED) throw new Error(`${ear.heard} of ${MISSED} missed messages came`)
        ear.close()
      }
      const cost = ((server.processorTime() - used) / RESUMES) * 1e3
      const numbers = { p50: median(times), p99: percentile(times, 99), cost }
      return {
        measured: `p99 ${short(numbers.p99)} ms`,
        met: numbers.p99 < REACH_MS,
        notes: [
          `p50 ${short(numbers.p50)} ms, ${RESUMES} times, one after the other; ${short(cost)} ms of the server's processor time each`,
        ],
        numbers,
      }
    }),
}

export const storm: Row = {
  name: "storm",
  what: `${short(CROWD)} clients cut off at once that missed ${CROWD_MISSED} messages each: all live again`,
  reach: `${CROWD_REACH} s`,
  measure: () =>
    onParlour(async (server) => {
      const seats = await parlour.seats(server, CROWD)
      const ears = await openEars(server, parlour, seats)
      for (const ear of ears) ear.close()
      await sayMany(server, CROWD_MISSED, TEXT)
      const used = server.processorTime()
      const began = performance.now()
      const back = await openEars(server, parlour, seatsAgain(ears, seats))
      const seconds = (performance.now() - began) / 1000
      const processor = server.processorTime() - used
      while (back.some(({ heard }) => heard < CROWD_MISSED) && performance.now() - began < PATIENCE) await askAll(back)
      const missing = back.reduce((sum, { heard }) => sum + CROWD_MISSED - heard, 0)
      for (const ear of back) ear.close()
      return {
        measured: `${seconds.toFixed(1)} s`,
        met: seconds < CROWD_REACH && missing === 0,
        notes: [
          `${missing} messages missing; ${short((processor / CROWD) * 1e6)} µs of the server's processor time each`,
        ],
        numbers: { seconds, missing, processor },
      }
    }),
}

const onParlour = <Result>(work: (server: Server) => Promise<Result>) =>
  withFolder((folder) => withServer(startParlour(folder), work))
