// Builds the client, starts the server, and does both again when a source changes. The server is told to stop as in
// earnest, so that draining and starting are tried a hundred times a day.
import { watch } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")
const sources = ["client", "view", "protocol", "server", "migrations"]

/** Editors write a file in several steps. */
const SETTLE_MS = 60

let server: Bun.Subprocess | null = null
let turn = Promise.resolve()
let timer: Timer | undefined

for (const folder of sources)
  watch(join(root, folder), { recursive: true }, (_, name) => {
    if (!name || /\.test\.tsx?$|~$|\.sw.$/.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(restart, SETTLE_MS)
  })
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, async () => {
    await stop()
    process.exit(0)
  })
restart()

/** One after the other, however fast changes come. */
function restart(): void {
  turn = turn.then(async () => {
    const build = Bun.spawn([process.execPath, join(root, "bin/build-client.ts")], {
      stdio: ["ignore", "inherit", "inherit"],
    })
    if ((await build.exited) !== 0) return // what was started before goes on
    await stop()
    const command = [join(root, "bin/parlour"), "start", ...process.argv.slice(2)]
    server = Bun.spawn(command, { stdio: ["ignore", "inherit", "inherit"] })
  })
}

async function stop(): Promise<void> {
  server?.kill("SIGTERM")
  await server?.exited
}
