// A place is carried from SQLite to Postgres by `parlour move`, which compares all of it row by row when it is there.
import { cp } from "node:fs/promises"
import { join } from "node:path"
import { freshDatabase } from "../../test/postgres.ts"
import { withDatabases } from "../cluster.ts"
import { placeOf } from "../places.ts"
import { type Row, short } from "../row.ts"
import { root, withFolder } from "../server.ts"

const MESSAGES = 1_000_000
const REACH = 180

export const moving: Row = {
  name: "move",
  what: "a place of 1,000,000 messages moved from SQLite to Postgres, and compared",
  reach: "under 3 minutes, 0 differences",
  async measure() {
    const full = await placeOf(MESSAGES)
    return withFolder((folder) =>
      withDatabases(async ({ postgres }) => {
        const data = join(folder, "data")
        await cp(full, data, { recursive: true })
        const { url } = await freshDatabase(postgres)
        const began = performance.now()
        const child = Bun.spawn([process.execPath, "server/main.ts", "move", "--to", url], {
          cwd: root,
          env: { ...process.env, DATA_DIR: data, DATABASE_URL: "", REDIS_URL: "" },
          stdio: ["ignore", "pipe", "pipe"],
        })
        const [said, complained] = await Promise.all([
          new Response(child.stdout).text(),
          new Response(child.stderr).text(),
        ])
        const seconds = (performance.now() - began) / 1000
        if ((await child.exited) !== 0) throw new Error(`The move failed: ${said}${complained}`)
        const [, rows = "", differences = ""] = said.match(/([\d,]+) rows.*?([\d,]+) differences/s) ?? []
        return {
          measured: `${short(seconds)} s, ${differences} differences`,
          met: seconds < REACH && differences === "0",
          notes: [`${rows} rows, copied and then compared: ${short(MESSAGES / seconds)} messages/s`],
          numbers: { seconds, differences: Number(differences) },
        }
      }),
    )
  },
}
