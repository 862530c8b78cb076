// What runs of several processes stand on: a Postgres with a template that holds the people and the rooms. Each run has a
// database of its own from it, in a moment.
import { postgres, provide } from "../../../bin/needs.ts"
import { freshDatabase, startPostgres } from "../../postgres.ts"
import { removeData, temporaryFolder } from "../../world.ts"
import type { Prepared } from "../place.ts"
import { furnished } from "../run.ts"

/** Databases that are left where they are. To drop one, Postgres writes all it has to the disk, and everyone waits for that. */
const LEFT = 200

export type Ground = {
  /** People and rooms, as they are in the template. */
  prepared: Prepared
  /** What only broken builds look at. */
  env?: Record<string, string>
  /** A new database with all of them. */
  fresh(): Promise<{ url: string; drop(): Promise<void> }>
  stop(): Promise<void>
}

async function openGround(): Promise<Ground> {
  const folder = await temporaryFolder()
  const { url: server, stop } = await startPostgres(provide(postgres), folder)
  const atExit = () => stop()
  process.once("exit", atExit)
  const template = await freshDatabase(server)
  let left = 0
  return {
    prepared: await furnished({ DATABASE_URL: template.url }),
    async fresh() {
      const { url, drop } = await freshDatabase(server, new URL(template.url).pathname.slice(1))
      return { url, drop: ++left > LEFT ? drop : async () => {} }
    },
    async stop() {
      process.off("exit", atExit)
      stop()
      await removeData(folder)
    },
  }
}

let common: Promise<Ground> | null = null

/** The one that all runs share which do not break it. */
export const commonGround = (): Promise<Ground> => (common ??= openGround())

export async function leaveCommonGround(): Promise<void> {
  await (await common)?.stop()
  common = null
}
