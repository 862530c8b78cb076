// One person, or one address, asks for the same thing over and over, by each route and frame there is; how long others wait for
// their posts meanwhile, beside how long they wait when nobody does. In a place with many rooms and people, limits on.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { asks, stray } from "../../test/asks.ts"
import { carryOut, type Order } from "../hammer.ts"
import { fill, type LargePlace } from "../large-place.ts"
import { enter } from "../places.ts"
import { percentile, type Row, short } from "../row.ts"
import { root, type Server, startParlour, withFolder, withServer } from "../server.ts"
import { speak } from "../speaking.ts"

const SIZE = { rooms: 100_000, imported: 100_000, memberships: 2_000, members: 100_000, messages: 5_000 }
/** HAMMER in the environment is an expression for the names of those that are tried; without it all are. */
const AT_ONCE = 16
/** So long each is hammered, and so long it is quiet before. */
const SECONDS = 4
const QUIET_SECONDS = 2
const REACH = { times: 2, more: 10 }
const MORE_MEMORY = 64 * 1024 * 1024

const frames: Record<string, string> = {
  "frame: ping": '{"type":"ping"}',
  "frame: post": '{"ref":1,"type":"post","room":"talk","text":"hello"}',
  "frame: typing": '{"ref":1,"type":"typing","room":"talk"}',
  "frame: join": '{"ref":1,"type":"join","room":"room-1"}',
  "frame: open": '{"ref":1,"type":"open","name":"talk"}',
  "frame: no command": '{"ref":1,"type":"no command"}',
  "frame: no JSON": "no JSON",
}

const things = [...Object.keys({ ...asks, ...stray }), ...Object.keys(frames)]

export const hammer: Row = {
  name: "hammer",
  what: `someone hammers one route or frame, ${AT_ONCE} at a time, in a place of 100,000 rooms and 100,000 people, for each of ${things.length}: another's post, p99`,
  reach: "at most doubled (+ 10 ms), memory + 64 MiB at most",
  async measure() {
    const only = new RegExp(process.env.HAMMER ?? "")
    const chosen = things.filter((one) => only.test(one))
    const found = await withFolder(async (folder) => {
      const place = await make(folder)
      const port = 20_000 + Math.floor(Math.random() * 12_000)
      const env = { LIMITS: "on", PUBLIC_URL: `http://127.0.0.1:${port}` }
      return withServer(startParlour(folder, { port, env }), (server) => all(server, place, chosen))
    })
    const worst = found.toSorted((a, b) => b.over - a.over)[0]!
    const memory = Math.max(...found.map((one) => one.memory))
    const missed = found.filter(({ over }) => over > 0)
    return {
      measured: `worst: p99 ${short(worst.hammered)} ms, quiet ${short(worst.quiet)} ms (${worst.thing}); memory + ${short(memory / 2 ** 20)} MiB`,
      met: missed.length === 0 && memory <= MORE_MEMORY,
      notes: found.map(
        ({ thing, quiet, hammered, most, counts, memory }) =>
          `${thing}: p99 ${short(quiet)} -> ${short(hammered)} ms, most ${short(most)} ms, ${JSON.stringify(counts)}, + ${short(memory / 2 ** 20)} MiB`,
      ),
      numbers: Object.fromEntries(
        found.flatMap(({ thing, quiet, hammered }) => [
          [`${thing}: quiet`, quiet],
          [`${thing}: hammered`, hammered],
        ]),
      ),
    }
  },
}

async function make(folder: string): Promise<LargePlace> {
  await withServer(startParlour(folder), ({ origin }) => enter(origin, "register"))
  return fill(folder, SIZE, things.length)
}

async function all(server: Server, place: LargePlace, chosen: string[]) {
  const speaking = await speak(server, place)
  await Bun.sleep(4_000)
  const found = []
  for (const thing of chosen) {
    speaking.since()
    await Bun.sleep(QUIET_SECONDS * 1_000)
    const quiet = percentile(speaking.since(), 99)
    const before = server.memory()
    const counts = await hammered(server, place, thing)
    const times = speaking.since()
    const memory = server.memory() - before
    const p99 = percentile(times, 99)
    const over = p99 - REACH.times * quiet - REACH.more
    found.push({ thing, quiet, hammered: p99, most: Math.max(...times), counts, memory, over })
    console.error(
      `${thing}: ${short(quiet)} -> ${short(p99)} ms (${short(Math.max(...times))}) ${JSON.stringify(counts)}`,
    )
    await Bun.sleep(300)
  }
  speaking.stop()
  return found
}

const { style: file } = JSON.parse(readFileSync(join(root, "dist/assets.json"), "utf8")) as { style: string }

async function hammered({ origin }: Server, { readers, room, message, far, long, since }: LargePlace, thing: string) {
  const which = things.indexOf(thing)
  const order: Order = {
    origin,
    cookie: `parlour-${new URL(origin).port}=${readers[which]}`,
    addresses: [`198.51.100.${which + 1}`],
    ...(frames[thing] ? { frame: frames[thing] } : { route: thing }),
    subject: { room, message, file, far, long, since },
    atOnce: AT_ONCE,
    seconds: SECONDS,
  }
  return carryOut(order)
}
