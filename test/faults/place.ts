// A place of one process, on a SQLite file: the truth is read from the file.
import { Database } from "bun:sqlite"
import { copyFileSync, cpSync, mkdirSync, readdirSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { cursorAt } from "../../protocol/cursor.ts"
import { insertSession } from "../../server/people/session.ts"
import { perform } from "../../server/perform.ts"
import { openApp, type Settings, settle, temporaryFolder } from "../world.ts"
import { readEpochs, readMembers, readRows } from "./checker.ts"
import { type Build, Process } from "./process.ts"
import type { Stage } from "./stage.ts"

export type Resident = { id: number; name: string; cookie: string; session: string }

/** A folder with people and rooms in it, made once and copied for each run. */
export type Prepared = { folder: string; people: Resident[]; rooms: Record<string, number> }

export async function prepare(names: string[], rooms: string[], settings: Settings = {}): Promise<Prepared> {
  const folder = await temporaryFolder()
  const app = await openApp(undefined, { DATA_DIR: folder, ...settings })
  const people: Resident[] = []
  for (const name of names) {
    const { person, session } = await settle(app, name)
    const token = await app.db.tx((sql) => insertSession(sql, person.id))
    people.push({ id: person.id, name, session, cookie: `parlour=${token}` })
  }
  const [owner] = people as [Resident]
  const caller = { person: { ...owner, role: "owner" as const }, session: owner.session, address: "local" }
  const ids: Record<string, number> = {}
  for (const name of rooms) {
    const { answer } = await perform(app, caller, { type: "open", name })
    const { id, slug } = answer
    ids[slug] = id
    if (name !== rooms[0]) await perform(app, caller, { type: "leave", room: slug }) // at first all are in one room
  }
  await app.close()
  return { folder, people, rooms: ids }
}

export class Place extends Process implements Stage {
  static async copyOf(prepared: Prepared, build?: Build): Promise<Place> {
    const folder = await temporaryFolder()
    cpSync(prepared.folder, folder, { recursive: true })
    return new Place(folder, build)
  }

  get database(): string {
    return join(this.folder, "parlour.db")
  }

  get urls(): string[] {
    return [this.url]
  }

  rows = () => readRows(this.database)
  members = () => readMembers(this.database)
  epochs = () => readEpochs(this.database)

  /** How far it has come. Each copy of a folder is a history of its own once it has been opened. */
  cursor(): string {
    const database = new Database(this.database, { readonly: true })
    const [epoch] = database.query<{ name: string }, []>("select name from epochs order by number desc").all()
    const { tick } = database.query<{ tick: number }, []>("select tick from clock").get()!
    database.close()
    return cursorAt(epoch!.name, tick)
  }

  /** The database's files as they lie there, copied elsewhere. */
  copyData(to: string): void {
    mkdirSync(to, { recursive: true })
    for (const file of readdirSync(this.folder))
      if (file.startsWith("parlour.db")) copyFileSync(join(this.folder, file), join(to, file))
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
