// How long it takes to sign in while strangers flood the place with wrong passwords; and whether those are refused who come from
// one address, as an office or a school does.
import { carryOut } from "../hammer.ts"
import { fill } from "../large-place.ts"
import { enter } from "../places.ts"
import { percentile, type Row, short } from "../row.ts"
import { type Server, startParlour, withFolder, withServer } from "../server.ts"
import { speak } from "../speaking.ts"

const BLOCKS = 40
const EACH_BLOCK = 25
const FLOOD_AT_ONCE = 80
const SECONDS = 40
const KNOWN_MS = 2_000
const NEW_MS = 10_000
const PASSWORD = "a harbour at noon"

const PEOPLE = 40
const CONNECTED = 400
const SPREAD_MS = 60_000

export const signInFlood: Row = {
  name: "sign-in-flood",
  what: `signing in during a flood of wrong passwords from ${BLOCKS * EACH_BLOCK} addresses in ${BLOCKS} blocks, ${FLOOD_AT_ONCE} at a time`,
  reach: `a known browser within ${KNOWN_MS / 1_000} s, a new one within ${NEW_MS / 1_000} s, each time`,
  async measure() {
    const found = await inPlace(0, async (server, place) => {
      const device = await deviceOf(await signIn(server, "203.0.113.4"))
      const speaking = await speak(server, place)
      await Bun.sleep(4_000)
      speaking.since()
      await Bun.sleep(5_000)
      const quiet = percentile(speaking.since(), 99)
      const flood = carryOut({
        origin: server.origin,
        cookie: "",
        addresses: Array.from(
          { length: BLOCKS * EACH_BLOCK },
          (_, n) => `198.51.${n % BLOCKS}.${1 + Math.floor(n / BLOCKS)}`,
        ),
        route: "POST /login",
        subject: { room: "", message: 0, file: "", far: 0, long: "", since: 0 },
        atOnce: FLOOD_AT_ONCE,
        seconds: SECONDS,
      })
      await Bun.sleep(2_000)
      const known: number[] = []
      const fresh: number[] = []
      let refused = 0
      for (let i = 0; i < 12; i++) {
        for (const [times, address, cookie] of [
          [known, "203.0.113.4", device],
          [fresh, `203.0.${114 + i}.5`, ""],
        ] as const) {
          const began = performance.now()
          if ((await signIn(server, address, cookie)).status !== 303) refused++
          times.push(performance.now() - began)
        }
        await Bun.sleep(800)
      }
      const counts = await flood
      const flooded = percentile(speaking.since(), 99)
      speaking.stop()
      return { known: Math.max(...known), fresh: Math.max(...fresh), refused, counts, quiet, flooded }
    })
    return {
      measured: `known: ${short(found.known)} ms at most, new: ${short(found.fresh)} ms, ${found.refused} refused`,
      met: found.known <= KNOWN_MS && found.fresh <= NEW_MS && found.refused === 0,
      notes: [
        `the flood was answered ${JSON.stringify(found.counts)}; posts of others: p99 ${short(found.quiet)} -> ${short(found.flooded)} ms`,
      ],
      numbers: { known: found.known, fresh: found.fresh, refused: found.refused },
    }
  },
}

export const oneAddress: Row = {
  name: "one-address",
  what: `${PEOPLE} people register behind one address within a minute and sign in again, while ${CONNECTED} come back to their rooms from there`,
  reach: "nobody is refused",
  async measure() {
    const { counts, slowest } = await inPlace(CONNECTED, async (server, { readers }) => {
      const counts: Record<string, number> = {}
      const times: number[] = []
      const ask = async (path: string, init: RequestInit) => {
        const began = performance.now()
        const headers = { "x-forwarded-for": "203.0.113.5", accept: "text/html", ...(init.headers as object) }
        const answer = await fetch(server.origin + path, { redirect: "manual", ...init, headers } as RequestInit)
        const text = await answer.text()
        times.push(performance.now() - began)
        counts[answer.status] = (counts[answer.status] ?? 0) + 1
        return text
      }
      const post = (path: string, fields: Record<string, string>) =>
        ask(path, { method: "POST", body: new URLSearchParams(fields) })
      const newcomer = async (i: number) => {
        await Bun.sleep((i * SPREAD_MS) / PEOPLE)
        const who = { username: `newcomer${i}x`, password: PASSWORD }
        await files(await ask("/register", {}), ask)
        await post("/register", who)
        await post("/login", who)
      }
      const member = async (token: string, i: number) => {
        await Bun.sleep((i * SPREAD_MS) / 2 / CONNECTED)
        const cookie = `parlour-${server.port}=${token}`
        await files(await ask("/chat/talk/", { headers: { cookie } }), ask)
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}/events?room=talk`, { headers: { cookie } } as never)
        const outcome = await new Promise<string>((resolve) => {
          socket.onmessage = ({ data }) => `${data}`.includes('"live"') && resolve("connected")
          socket.onclose = () => resolve("not connected")
        })
        counts[outcome] = (counts[outcome] ?? 0) + 1
      }
      await Promise.all([...Array.from({ length: PEOPLE }, (_, i) => newcomer(i)), ...readers.map(member)])
      return { counts, slowest: Math.max(...times) }
    })
    const refused = (counts[429] ?? 0) + (counts["not connected"] ?? 0)
    return {
      measured: `${refused} refused: ${JSON.stringify(counts)}; the slowest answer took ${short(slowest)} ms`,
      met: refused === 0 && counts.connected === CONNECTED,
      numbers: { refused, slowest },
    }
  },
}

type Ask = (path: string, init: RequestInit) => Promise<string>

/** What a browser that was never here fetches with a page. */
async function files(page: string, ask: Ask): Promise<void> {
  const paths = new Set([...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!))
  await Promise.all([...paths].map((path) => ask(path, {})))
}

const signIn = ({ origin }: Server, address: string, cookie = "") =>
  fetch(`${origin}/login`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ username: "harbour", password: PASSWORD }),
    headers: { "x-forwarded-for": address, cookie },
  })

async function deviceOf(answer: Response): Promise<string> {
  const device = answer.headers.getSetCookie().find((set) => set.includes("device"))
  if (!device) throw new Error(`no device's cookie: ${answer.status} ${await answer.text()}`)
  return device.split(";")[0]!
}

/** A place with limits, behind a proxy as it were, in which so many people are let in. */
const inPlace = <Result>(people: number, work: (server: Server, place: ReturnType<typeof fill>) => Promise<Result>) =>
  withFolder(async (folder) => {
    await withServer(startParlour(folder), ({ origin }) => enter(origin, "register"))
    const size = { rooms: 50, imported: 50, memberships: 5, members: 50, messages: 500 }
    const place = fill(folder, size, people)
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const env = { LIMITS: "on", PUBLIC_URL: `http://127.0.0.1:${port}` }
    return withServer(startParlour(folder, { port, env }), (server) => work(server, place))
  })
