// Parlour's program: `parlour start` and its few commands. Whatever keeps it from doing what was asked is said in one
// sentence, and the exit status is not zero.
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { Refusal } from "../protocol/refusal.ts"
import { type App, createApp } from "./app.ts"
import { operator } from "./caller.ts"
import { type Config, isClosed, readConfig, warningsAbout } from "./config.ts"
import { listenForControl, openControl } from "./control.ts"
import { lockPlace } from "./db/lock.ts"
import { isPostgres } from "./db/sql.ts"
import { listenOnSocket, serve } from "./http/serve.ts"
import { importFile, type Progress } from "./import-file.ts"
import { catchTheRest } from "./last-resort.ts"
import { inBackground, logAccident } from "./log.ts"
import { movePlace } from "./move.ts"
import { isEmptyPlace } from "./people/rows.ts"
import { perform } from "./perform.ts"
import { MOST_PROCESSES, mustBeFree, Supervisor } from "./supervisor.ts"
import { type Opened, reportToSupervisor } from "./worker.ts"

const HELP = `Parlour: group chat that anyone can run for themselves.

  parlour start                     serve the place (the default)
  parlour start --processes N       serve it by N processes that share the port, on Postgres; SIGHUP renews them one by one
  parlour import FILE               load JSON lines {"room","author","at","text"}, plain or gzip; "-" reads standard input
  parlour move --to DATABASE        carry the place from SQLite to Postgres or back: postgres://..., sqlite:/path/to/file
  parlour user owner                make a link by which somebody owns a place that nobody owns yet
  parlour user password NAME        make a one-time link by which NAME sets a new password
  parlour --help                    show this

Settings, from the environment, none of them needed:
  PORT             the port to listen on                                  3000
  HOST             the address to listen on                               127.0.0.1
  DATA_DIR         the folder for everything Parlour keeps                data in Parlour's own folder
  DATABASE_URL     another file, as sqlite:/path, or a Postgres database, parlour.db in DATA_DIR
                   as postgres://user:password@host:5432/name
  REDIS_URL        by which processes on one Postgres tell each other     none: each looks every second
                   at once, as redis://user:password@host:6379
  PUBLIC_URL       the address that people type, when it is another       http://HOST:PORT
  TRUSTED_PROXIES  addresses, and blocks of them, that are believed       with PUBLIC_URL, this machine
                   when they say by X-Forwarded-For for whom they ask
  REGISTRATION     open, invite or closed                                 as the owner sets it
  METRICS_TOKEN    lets a machine read /metrics, as its bearer token      none: the owner alone may
  LIMITS           off, for measuring only                                on
`

async function main(): Promise<void> {
  process.umask(0o077) // what is kept is for nobody else on this machine to read
  const { values, positionals } = wordsGiven()
  const [command = "start", ...rest] = positionals
  if (values.help || command === "help") return void process.stdout.write(HELP)
  const config = readConfig(process.env)
  if (command === "move" && values.to && rest.length === 0) return moveCommand(config, values.to)
  if (values.to !== undefined) throw noCommand()
  if (values.shared && !process.connected) throw noCommand() // nobody may say so but the one that watches
  if (command === "start" && rest.length === 0)
    return values.processes === undefined ? start(config, values.shared) : startMany(config, values.processes)
  if (values.processes !== undefined || values.shared) throw noCommand()
  if (command === "import" && rest.length === 1) return importCommand(config, rest[0]!)
  if (command === "user" && rest[0] === "password" && rest.length === 2) return passwordCommand(config, rest[1]!)
  if (command === "user" && rest[0] === "owner" && rest.length === 1) return ownerCommand(config)
  if (command === "import") throw new Error('Say which file, or "-" for what comes in: see "parlour --help".')
  if (command === "user" && rest[0] === "password") throw new Error('Say whose password it is: see "parlour --help".')
  throw noCommand()
}

const noCommand = () =>
  new Error(`"parlour ${process.argv.slice(2).join(" ")}" is no command of Parlour's: see "parlour --help".`)

function wordsGiven() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        to: { type: "string" },
        processes: { type: "string" },
        shared: { type: "boolean" }, // said to each of several by the one that starts them
      },
    })
  } catch {
    throw noCommand() // an option that there is not
  }
}

async function start(config: Config, shared = false): Promise<void> {
  catchTheRest()
  const lock = lockPlace(config)
  if (!lock)
    throw new Error(
      `A Parlour is already running on the data in ${config.dataDir}: stop it first, or give this one another DATA_DIR.`,
    )
  const app = await createApp(config)
  const serving = await serve(app, undefined, shared).catch(cannotListen(config))
  const url = config.publicUrl ?? serving.url
  // On Postgres the command line needs nobody to ask: it opens the place beside those that run.
  const stopControl = isPostgres(config.database) ? () => {} : listenForControl(app, url, listenOnSocket)

  const stop = once(async () => {
    stopControl()
    await serving.stop()
    await app.close()
    lock.release()
  })
  process.on("SIGTERM", stop)
  const link = await ownerLink(app, url)
  if (shared) return reportToSupervisor(app, { url, link }, stop)
  process.on("SIGINT", stop)
  if (!outlivesTerminal()) process.on("SIGHUP", stop)
  for (const warning of warningsAbout(config)) console.error(warning)
  sayOpen({ url, link }) // last: whoever reads it may stop us at once
}

/** By which somebody may own the place while nobody does, where others than this machine may reach it; null where it needs none. */
async function ownerLink(app: App, url: string): Promise<string | null> {
  if (app.config.publicUrl === null && isClosed(app.config.host)) return null
  try {
    if (!(await isEmptyPlace(app.db.sql))) return null
    return url + (await perform(app, operator, { type: "makeOwnerLink", anew: false })).answer.path
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return null // another was quicker; or the database cannot be written just now, and `parlour user owner` makes one later
  }
}

const sayOpen = ({ url, link }: Opened): void =>
  console.log(
    `Parlour is open at ${url}${link ? `\nNobody owns it yet. Whoever opens this link first does: ${link}` : ""}`,
  )

async function startMany(config: Config, given: string): Promise<void> {
  const count = /^\d+$/.test(given) ? Number(given) : 0
  if (count < 1 || count > MOST_PROCESSES) throw new Error(`--processes is a whole number from 1 to ${MOST_PROCESSES}.`)
  if (!isPostgres(config.database))
    throw new Error(
      "--processes needs Postgres, as one process alone may write to a SQLite file: name one in DATABASE_URL, or leave it out.",
    )
  if (process.platform !== "linux")
    throw new Error("--processes needs Linux, as no other system shares a port fairly: leave it out.")
  for (const warning of warningsAbout(config)) console.error(warning)
  catchTheRest()
  const supervisor = new Supervisor(count, await mustBeFree(config).catch(cannotListen(config)))
  let stopping = false
  const stop = once(() => {
    stopping = true
    return supervisor.stop()
  })
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
  process.on("SIGHUP", () => inBackground(supervisor.renew()))
  const opened = await supervisor.opened
  if (opened) sayOpen(opened)
  else if (!stopping) process.exit(1)
}

/** Whoever started us by `nohup` wants us to go on when the terminal closes: then that signal is ignored already. */
function outlivesTerminal(): boolean {
  try {
    const [, ignored] = readFileSync("/proc/self/status", "utf8").match(/^SigIgn:\s*([\da-f]+)/m)!
    return (Number.parseInt(ignored!.slice(-1), 16) & 1) === 1 // the first bit is that of SIGHUP
  } catch {
    return !process.stdout.isTTY // another system: nohup takes the terminal away, too
  }
}

/** Takes leave, however often it is asked to, and ends the process: also when something about the leave fails. */
function once(leave: () => Promise<void>): () => void {
  let leaving = false
  const failed = (error: unknown) => {
    logAccident("Parlour could not stop in good order", error)
    process.exit(1)
  }
  return () => {
    if (leaving) return
    leaving = true
    leave().then(() => process.exit(0), failed)
  }
}

const cannotListen =
  ({ host, port }: Config) =>
  (error: Error & { code?: string }): never => {
    if (error.code === "EADDRINUSE")
      throw new Error(`Port ${port} is taken by another program: give Parlour another, as in PORT=3001 npm start.`)
    if (error.code) throw new Error(`Parlour cannot listen at HOST ${host}, PORT ${port} (${error.code}): set others.`)
    throw error
  }

/** What a file can be that is not read at all. */
const NOT_READ: Record<string, string> = {
  ENOENT: "is not there. Look how its name is spelled.",
  EISDIR: "is a folder: name a file in it.",
  EACCES: "may not be read by you.",
}

async function importCommand(config: Config, file: string): Promise<void> {
  const control = await openControl(config)
  const live = process.stderr.isTTY
  const clear = live ? "\r\x1b[K" : ""
  const began = performance.now()
  const total = await importFile(file, control, {
    checking: () => void (live && process.stderr.write(`${clear}looking whether it is whole`)),
    progress: (now) => void (live && process.stderr.write(`${clear}${linesRead(now)}`)),
    refuse: (line, reason) => void process.stderr.write(`${clear}line ${line}: not taken, ${reason}\n`),
  }).catch((error: Error & { code?: string }) => {
    process.stderr.write(clear)
    if (!error.code || error instanceof Refusal) throw error
    const none = NOT_READ[error.code]
    if (none) throw new Error(`"${file}" ${none}`)
    throw new Error(`Reading ${file} broke off (${error.code}): what came before that, if anything, is taken.`)
  })
  await control.close()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stderr.write(clear)
  console.log(
    `${count(total.added)} messages added, ${count(total.known)} were here already, ${count(total.refused)} ${total.refused === 1 ? "line" : "lines"} not taken, in ${seconds} s, to ${control.kept}.`,
  )
  if (control.isNew)
    console.log(`That place is new. If another was meant, say where it is, as in DATA_DIR=/srv/parlour.`)
  if (total.late > 0)
    console.log(
      `${count(total.late)} ${total.late === 1 ? "day of it is" : "days of it are"} older than what its rooms held before: what is imported stands below that, in the order in which it came.`,
    )
  if (total.refused > 0) process.exitCode = 2
}

const linesRead = ({ bytes, size, read }: Progress): string =>
  size === null ? `${count(read)} lines` : `${bar(bytes, size)}  ${count(read)} lines`

async function moveCommand(config: Config, to: string): Promise<void> {
  if (!/^(sqlite|postgres(ql)?):/.test(to))
    throw new Error(`--to is where the place shall go, postgres://... or sqlite:/path/to/file: "${to}" is not.`)
  const target = readConfig({ DATA_DIR: process.env.DATA_DIR, DATABASE_URL: to })
  const live = process.stderr.isTTY
  const clear = live ? "\r\x1b[K" : ""
  const began = performance.now()
  process.on("SIGINT", () => {
    process.stderr.write(`${clear}Stopped. Say the same again, and it goes on from here.\n`)
    process.exit(130)
  })
  const moved = await movePlace(config, target, {
    progress(step, rows, all) {
      const done = step === "moved" ? rows : all + rows // comparing is the second half of the way
      if (live) process.stderr.write(`${clear}${bar(done, 2 * all)}  ${count(rows)} rows ${step}`)
    },
    differs: (what) => void process.stderr.write(`${clear}${what}\n`),
  }).finally(() => process.stderr.write(clear))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const found = `${count(moved.rows)} rows are in ${moved.to} after ${seconds} s, compared one by one: ${count(moved.differences)} differences.`
  if (moved.differences > 0) throw new Error(`${found} Say the same again, and the move begins anew.`)
  console.log(`${found} Set DATABASE_URL to it, and start Parlour.`)
}

function bar(done: number, all: number): string {
  const part = all === 0 ? 1 : done / all
  const filled = Math.round(part * 30)
  return `[${"=".repeat(filled)}${" ".repeat(30 - filled)}] ${Math.round(part * 100)} %`
}

const count = (number: number) => number.toLocaleString("en")

async function ownerCommand(config: Config): Promise<void> {
  const control = await openControl(config)
  const { path } = await control.ask({ type: "makeOwnerLink", anew: true })
  await control.close()
  console.log(`Whoever opens this link first owns the place:\n${control.url}${path}`)
}

async function passwordCommand(config: Config, username: string): Promise<void> {
  const control = await openControl(config)
  const { name, path, wasRemoved } = await control.ask({ type: "makePasswordLink", username })
  await control.close()
  if (wasRemoved) console.log(`${name} was removed from this place: the link lets them back in.`)
  console.log(`${name} can set a new password, once, within an hour, at:\n${control.url}${path}`)
}

main().catch((error: unknown) => {
  const known = error instanceof Refusal || error instanceof Error
  console.error(known ? error.message : error)
  process.exit(1)
})
