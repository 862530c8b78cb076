// How the command line reaches a place: on SQLite by a socket in the data folder of the one that runs, which only those who
// may read the folder can open; when none runs, it opens the place itself. On Postgres it always does, beside any number at
// work. Either way a command passes `perform`.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Command, parseCommand } from "../protocol/command.ts"
import { parseJson } from "../protocol/json.ts"
import { MAX_LINES } from "../protocol/limits.ts"
import { Refusal, type RefusalCode, statusOf } from "../protocol/refusal.ts"
import { type App, createApp } from "./app.ts"
import { operator } from "./caller.ts"
import { type Config, localAddress } from "./config.ts"
import { lockPlace } from "./db/lock.ts"
import { remedyFor } from "./db/remedy.ts"
import { isPostgres } from "./db/sql.ts"
import { logAccident } from "./log.ts"
import { type OutcomeOf, perform } from "./perform.ts"

/** Does a command as the operator and answers what it came to. */
export type Control = {
  /** Where people reach the place. */
  url: string
  /** What it is kept in, in words; and whether that was made by being opened here. */
  kept: string
  isNew: boolean
  ask<One extends Command>(command: One): Promise<OutcomeOf<One["type"]>["answer"]>
  close(): Promise<void>
}

/** The file that says where the socket is. Systems limit a socket's path to about 100 bytes; a data folder has no limit. */
const signpost = (dataDir: string) => join(dataDir, "control")
const LONGEST_PATH = 100

/** Commands from the command line can be many lines of an import. */
const LARGEST = 64 * 1024 * 1024
/** Of each line its fields, itself and more. */
const MOST_VALUES = 10 * MAX_LINES + 100

/** Opens the socket beside the running place, which people reach at `url`; answers how to close it. */
export function listenForControl(
  app: App,
  url: string,
  listen: (path: string, answer: (request: Request) => Promise<Response>, largest: number) => () => void,
): () => void {
  const near = join(app.config.dataDir, "control.sock")
  const path =
    near.length <= LONGEST_PATH
      ? near
      : join(tmpdir(), `parlour-${process.pid}-${crypto.randomUUID().slice(0, 8)}.sock`)
  let stop = () => {}
  try {
    rmSync(path, { force: true })
    stop = listen(path, (request) => answer(app, request), LARGEST)
    chmodSync(path, 0o600) // whoever can open it is the owner
    writeFileSync(signpost(app.config.dataDir), JSON.stringify({ path, url }), { mode: 0o600 })
  } catch (error) {
    stop()
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(
      `Parlour cannot make ${path} and ${signpost(app.config.dataDir)}, by which its command line reaches it (${code ?? message}). ${remedyFor(code, path, signpost(app.config.dataDir))}`,
    )
  }
  return () => {
    stop()
    rmSync(signpost(app.config.dataDir), { force: true })
    rmSync(path, { force: true })
  }
}

async function answer(app: App, request: Request): Promise<Response> {
  try {
    const { answer } = await perform(
      app,
      operator,
      parseCommand(parseJson(await request.text(), undefined, MOST_VALUES)),
    )
    return Response.json({ answer })
  } catch (error) {
    if (error instanceof Refusal) return Response.json({ error }, { status: statusOf[error.code] })
    logAccident("a command from the command line failed", error)
    return Response.json(
      { error: { code: "broken", message: "Something broke; the running Parlour's log says what." } },
      { status: 500 },
    )
  }
}

/** Reaches the place of this configuration, running or not. */
export async function openControl(config: Config): Promise<Control> {
  const lock = lockPlace(config)
  if (!lock) return controlOver(config)
  const isNew = !isPostgres(config.database) && !existsSync(config.database)
  const app = await createApp(config)
  return {
    url: config.publicUrl ?? localAddress(config.host, config.port),
    kept: keptIn(config),
    isNew,
    ask: async (command) => (await perform(app, operator, command)).answer,
    async close() {
      await app.close()
      lock.release()
    },
  }
}

const keptIn = ({ database }: Config): string =>
  isPostgres(database) ? "the database that DATABASE_URL names" : database

function controlOver(config: Config): Control {
  const { dataDir } = config
  const unreachable = () =>
    new Error(
      `Another process is using ${dataDir}, and it is not a running Parlour that could be asked: try again when it is done.`,
    )
  if (!existsSync(signpost(dataDir))) throw unreachable()
  const { path: unix, url } = JSON.parse(readFileSync(signpost(dataDir), "utf8")) as { path: string; url: string }
  let reached = false
  const stopped = () =>
    new Error(
      "Parlour stopped while it was asked. What it had answered is done: start it and say the same again, and nothing is done twice.",
    )
  return {
    url,
    kept: keptIn(config),
    isNew: false,
    async ask(command) {
      const response = await fetch("http://parlour/", { unix, method: "POST", body: JSON.stringify(command) }).catch(
        () => {
          throw reached ? stopped() : unreachable()
        },
      )
      reached = true
      const said: unknown = await response.json().catch(() => null)
      if (said === null) throw stopped() // in the midst of its answer
      const { answer, error } = said as { answer: never; error?: { code: RefusalCode; message: string } }
      if (error) throw new Refusal(error.code, error.message)
      return answer
    },
    async close() {},
  }
}
