// People, as the database has them.
import type { Change, Person, Role } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { plain } from "../../protocol/sought.ts"
import { isLong } from "../../protocol/text.ts"
import { allOf, type Sql } from "../db/sql.ts"
import { nextTick, type Span } from "../live/clock.ts"
import { keepLooks, kept } from "../names/kept.ts"
import { accountOf, nameTyped } from "../names/spelling.ts"
import { inSteps } from "../rounds.ts"

type Row = { id: number; name: string; role: Role; tick: number }

/** A person with what signing in needs: the hash of the password, or null when nobody can sign in as them. */
export type Account = Person & { password: string | null }

const toPerson = ({ id, name, role, tick }: Row): Person => ({ kind: "person", tick, id, name, role })

/** Everyone signed in may know who is here. */
export async function changedPeople(sql: Sql, { after, upTo, limit }: Span): Promise<Change[]> {
  const rows = await sql<Row>`
    select id, name, role, tick from people where tick > ${after} and tick <= ${upTo} order by tick limit ${limit}`
  return rows.map(toPerson)
}

/** Whoever has that name: exactly as it stands, or in another case. */
export async function findAccount(sql: Sql, name: string): Promise<Account | undefined> {
  const [first] = await accountsNamed(sql, name)
  return first
}

/** Who signs in by that name. Someone who can goes before an imported namesake, even one whose name is spelled just so:
 *  names have no case. */
export async function findForSignIn(sql: Sql, name: string): Promise<Account | undefined> {
  return (await accountsNamed(sql, name)).find((one) => one.password !== null)
}

async function accountsNamed(sql: Sql, name: string): Promise<Account[]> {
  if (isLong(name)) return []
  const rows = await sql<Row & { password: string | null }>`
    select id, name, role, tick, password from people where name = ${name} or folded = ${accountOf(name)}
    order by case when name = ${name} then 0 when password is not null then 1 else 2 end, id limit 20`
  return rows.map(({ password, ...row }) => ({ ...toPerson(row), password }))
}

/** Whoever has that name, as somebody typed it, or a refusal that says where to look. */
export async function mustBeKnown(sql: Sql, typed: string): Promise<Account> {
  const account = await findAccount(sql, nameTyped(typed))
  if (!account)
    throw new Refusal("not_found", `There is nobody called "${typed}" here. Look among the people.`, "username")
  return account
}

/** By their id. */
export async function findPerson(sql: Sql, id: number): Promise<Person | undefined> {
  const [row] = await sql<Row>`select id, name, role, tick from people where id = ${id}`
  return row && toPerson(row)
}

/** People who are looked through at once for a part of a name: a millisecond. */
const LOOKED_THROUGH = 4_000

/** Whether one can sign in as them, they were removed, or they are known from imported history only. */
export type Standing = "inside" | "removed" | "imported"

type Listed = Row & { place: number; found: string }

/** Characters of a name that is looked for; no name has more. */
const MOST_SOUGHT = 100

/** People whose name holds `find`, in any case, width or accent, by name, with how they stand: first those who can sign in, then
 *  those who were removed. Imported people, who may be a hundred thousand, are listed only when they are looked for. */
export async function listPeople(sql: Sql, find: string, limit: number): Promise<(Person & { standing: Standing })[]> {
  const sought = plain(find.trim(), MOST_SOUGHT)
  const rows = sought === "" ? await knownPeople(sql, limit) : await peopleNamed(sql, sought, limit)
  return rows.map((row) => ({ ...toPerson(row), standing: STANDINGS[row.place]! }))
}

/** In the words of the index, or all people would be gone through. */
const knownPeople = (sql: Sql, limit: number): Promise<Listed[]> => sql<Listed>`
  select id, name, role, tick, case when password is not null then 0 else 1 end as place, found
  from people
  where password is not null or expelled is not null
  order by case when password is not null then 0 else 1 end, found, id limit ${limit}`

/** Goes through all people, so many at a time: a part of a name is found by no index, and others wait for the event loop. */
async function peopleNamed(sql: Sql, sought: string, limit: number): Promise<Listed[]> {
  const pattern = `%${sought.replace(/[\\%_]/g, "\\$&")}%`
  let found: Listed[] = []
  const step = inSteps()
  for (let after = 0; ; ) {
    const [part] = await sql<{ last: number | null }>`
      select max(id) as last from (select id from people where id > ${after} order by id limit ${LOOKED_THROUGH}) as part`
    const last = part?.last ?? null
    if (last === null) return found
    const rows = await sql<Listed>`
      select id, name, role, tick, found,
        case when password is not null then 0 when expelled is not null then 1 else 2 end as place
      from people where id > ${after} and id <= ${last} and found like ${pattern} escape '\\'
      order by place, found, id limit ${limit}`
    found = [...found, ...rows].sort(byPlaceAndName).slice(0, limit)
    after = last
    await step()
  }
}

/** As both databases order them: by bytes, in which UTF-8 keeps the order of characters. */
const byPlaceAndName = (a: Listed, b: Listed): number =>
  a.place - b.place || Buffer.compare(Buffer.from(a.found), Buffer.from(b.found)) || a.id - b.id

const STANDINGS: Standing[] = ["inside", "removed", "imported"]

/** How many are known from imported history only; of more than `most` one more than that. */
export async function countImported(sql: Sql, most: number): Promise<number> {
  const [row] = await sql<{ count: number }>`
    select count(*) as count
    from (select 1 from people where password is null and expelled is null limit ${most + 1}) as imported`
  return row!.count
}

/** Whether nobody owns it yet, whatever was imported. */
export async function isEmptyPlace(sql: Sql): Promise<boolean> {
  return (await sql`select 1 from people where role = 'owner' limit 1`).length === 0
}

/** Someone imported, whom nobody can sign in as, becomes the owner, with all that they said elsewhere. */
export async function becomeOwner(sql: Sql, id: number, name: string, password: string): Promise<Person> {
  const tick = await nextTick(sql)
  // In another case at most: what is kept of the name stays true.
  await sql`update people set name = ${name}, password = ${password}, role = 'owner', tick = ${tick} where id = ${id}`
  return { kind: "person", tick, id, name, role: "owner" }
}

/** `password` is a hash. `taken`: the tick for it, when several were taken at once. */
export async function insertPerson(
  sql: Sql,
  { name, password, role }: { name: string; password: string | null; role: Role },
  taken?: number,
): Promise<Person> {
  const tick = taken ?? (await nextTick(sql))
  const { folded, found, rule } = kept(name)
  await allOf([
    sql`
      insert into people (id, name, password, role, at, tick, folded, found, rule)
      values (${tick}, ${name}, ${password}, ${role}, ${Date.now()}, ${tick}, ${folded}, ${found}, ${rule})`,
    keepLooks(sql, "person", { id: tick, name }),
  ])
  return { kind: "person", tick, id: tick, name, role }
}
