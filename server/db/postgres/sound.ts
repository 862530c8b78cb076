// Whether a server can be trusted with a place: new enough, the primary, and careful with what it commits.
import type { SQL } from "bun"

/** Oldest version, as the server numbers them. */
const OLDEST = 150_000

/** Throws one sentence when it cannot. */
export async function mustBeSound(sql: SQL): Promise<void> {
  const [row] = await sql`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
      pg_is_in_recovery() as standby`.catch((error: Error) => {
    throw new Error(`Parlour cannot reach the database that DATABASE_URL names: ${error.message}.`)
  })
  if (row.version < OLDEST) throw new Error(`Postgres ${row.name} is too old: 15 or newer is needed.`)
  if (row.standby)
    throw new Error(
      "The Postgres that DATABASE_URL names is a standby, which cannot be written: name the primary, or an address that follows it.",
    )
  const careless = await carelessness(sql)
  if (careless) throw new Error(`This Postgres does not keep what it commits (${careless}): set both to on.`)
}

/** Null when what this server commits is on its disk, by its settings for this connection; otherwise which are wrong. */
export async function carelessness(sql: SQL): Promise<string | null> {
  const [row] = await sql`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as level`
  const { fsync, level } = row as { fsync: string; level: string }
  if (fsync === "on" && level !== "off" && level !== "local") return null
  return `fsync is ${fsync}, synchronous_commit is ${level}`
}
