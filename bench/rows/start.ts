// From nothing to the first page, and from stopped to the first page: in peace, and killed while people speak.
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { openSpeaker } from "../crowd.ts"
import { parlour as dialect } from "../dialects.ts"
import { enter, placeOf } from "../places.ts"
import { median, type Row } from "../row.ts"
import { root, start, startParlour, withFolder, withServer } from "../server.ts"

const LATER = 7
const FIRST_REACH = 20
const LATER_REACH = 0.3

const npm = ["npm", "start", "--silent"]
const parlour = ["bin/parlour", "start"]

export const starting: Row = {
  name: "start",
  what: "`npm start` on a fresh clone to the first page, packages cached; later starts, also with 1,000,000 messages",
  reach: `under ${FIRST_REACH} s; under ${LATER_REACH} s`,
  async measure() {
    const full = await placeOf(1_000_000)
    return withFolder(async (folder) => {
      const clone = join(folder, "clone")
      const git = Bun.spawnSync(["git", "clone", "--quiet", root, clone])
      if (!git.success) throw new Error(`could not clone: ${git.stderr}`)

      const seconds = async (command: string[], dataDir: string): Promise<number> => {
        const server = await start({ command, cwd: clone, env: { DATA_DIR: dataDir } })
        await server.stop()
        return server.startedIn
      }
      const later = async (command: string[], dataDir: string): Promise<number> => {
        const times: number[] = []
        for (let i = 0; i < LATER; i++) times.push(await seconds(command, dataDir))
        return median(times)
      }
      const data = join(folder, "data")
      const numbers = {
        first: await seconds(npm, data),
        npm: await later(npm, data),
        npmFull: await later(npm, full),
        parlour: await later(parlour, data),
        parlourFull: await later(parlour, full),
      }
      const s = (key: keyof typeof numbers) => `${numbers[key].toFixed(2)} s`
      return {
        measured: `${s("first")}; ${s("npm")}, with 1,000,000 messages ${s("npmFull")}`,
        met: numbers.first < FIRST_REACH && Math.max(numbers.npm, numbers.npmFull) < LATER_REACH,
        notes: [
          `the first start is of what is committed; by bin/parlour start later starts take ${s("parlour")}, with 1,000,000 messages ${s("parlourFull")}`,
        ],
        numbers,
      }
    })
  },
}

const KILLS = 7
const IN_FLIGHT = 16
const SPEAKING_MS = 500
const KILLED_REACH = 1

export const killed: Row = {
  name: "killed",
  what: "serving again after kill -9 while people speak, with 1,000,000 messages",
  reach: `within ${KILLED_REACH} s`,
  measure: async () => {
    const full = await placeOf(1_000_000)
    return withFolder(async (folder) => {
      await copyFile(join(full, "parlour.db"), join(folder, "parlour.db"))
      const times: number[] = []
      let number = 0
      for (let i = 0; i <= KILLS; i++)
        await withServer(startParlour(folder), async (server) => {
          if (i > 0) times.push(server.startedIn)
          const cookie = await enter(server.origin, "login")
          const say = () => speaker.link.say(dialect.post(number++, "talk"))
          const speaker = await openSpeaker(server, dialect, { path: "/events", cookie }, say)
          for (let one = 0; one < IN_FLIGHT; one++) say()
          await Bun.sleep(SPEAKING_MS)
          await server.kill()
        })
      const numbers = { p50: median(times), max: Math.max(...times) }
      return {
        measured: `${numbers.p50.toFixed(2)} s, at most ${numbers.max.toFixed(2)} s`,
        met: numbers.max < KILLED_REACH,
        notes: [`${KILLS} kills`],
        numbers,
      }
    })
  },
}
