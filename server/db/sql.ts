// The storage port is SQL: a tagged template and a transaction. Queries are written once, in the subset that
// SQLite and Postgres share, in the folder of the thing they are about.

export type Value = string | number | null

/** A query. Values are bound, never spliced into the text. Whole numbers come back as numbers. */
export type Sql = <Row = unknown>(strings: TemplateStringsArray, ...values: Value[]) => Promise<Row[]>

export type Db = {
  /** Reads what is committed, and only that. Refuses to write. */
  sql: Sql
  /** Runs `work` with others that wait, in one commit; resolves when that commit is on disk. If `work` throws, what it
   *  wrote is undone and its neighbours stand. `work` awaits nothing but its own queries: the group waits with it. */
  tx<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
  /** Keeps in mind, outside the database, how far it has come, so that an older copy in its place is noticed. */
  remember(epoch: string, tick: number): void
  /** Lets what has begun finish, then closes. */
  close(): Promise<void>
}
