// From nothing to the first page, and from stopped to the first page.
import { join } from "node:path"
import { placeOf } from "../places.ts"
import { median, type Row } from "../row.ts"
import { root, start, withFolder } from "../server.ts"

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
