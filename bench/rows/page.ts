// The page of the fullest room among 1,000,000 messages: how long the server takes for it, and what it weighs.
import { brotliDecompressSync } from "node:zlib"
import { withMillion } from "../places.ts"
import { kilobytes, percentile, type Row } from "../row.ts"

const WARM_UP = 100
const PAGES = 500
const TIME_REACH = 5
const WEIGHT_REACH = 38e3
const ROOM = "/chat/talk/"

const asking = (cookie: string) => ({
  headers: { cookie, accept: "text/html", "accept-encoding": "br" },
  decompress: false,
})

export const roomPage: Row = {
  name: "page",
  what: "room page, server side, with 1,000,000 messages in the database",
  reach: `p50 under ${TIME_REACH} ms`,
  measure: () =>
    withMillion(async ({ origin }, cookie) => {
      const times = async (path: () => string) => {
        const all: number[] = []
        for (let i = 0; i < WARM_UP + PAGES; i++) {
          const began = performance.now()
          const response = await fetch(origin + path(), asking(cookie))
          await response.arrayBuffer()
          if (response.status !== 200) throw new Error(`${path()}: ${response.status}`)
          if (i >= WARM_UP) all.push(performance.now() - began)
        }
        return all
      }
      const newest = await times(() => ROOM)
      const older = await times(() => `${ROOM}?before=${1_000 + Math.floor(Math.random() * 998_000)}`)
      const numbers = {
        p50: percentile(newest, 50),
        p99: percentile(newest, 99),
        olderP50: percentile(older, 50),
        olderP99: percentile(older, 99),
      }
      const ms = (key: keyof typeof numbers) => `${numbers[key].toFixed(1)} ms`
      return {
        measured: `p50 ${ms("p50")}`,
        met: numbers.p50 < TIME_REACH,
        notes: [`p99 ${ms("p99")}; anywhere in the room's history p50 ${ms("olderP50")}, p99 ${ms("olderP99")}`],
        numbers,
      }
    }),
}

export const weight: Row = {
  name: "weight",
  what: "first load of a room until it lives, HTML, CSS and JavaScript, brotli; what its script asks for then",
  reach: "under 38 KB",
  measure: () =>
    withMillion(async ({ origin }, cookie) => {
      const load = async (path: string) => {
        const response = await fetch(origin + path, asking(cookie))
        if (response.headers.get("content-encoding") !== "br") throw new Error(`${path} did not come as brotli`)
        return new Uint8Array(await response.arrayBuffer())
      }
      const page = await load(ROOM)
      const html = brotliDecompressSync(page).toString()
      const [style] = html.match(/\/assets\/style[^"]+/) ?? []
      const [early] = html.match(/\/assets\/early[^"]+/) ?? []
      const [script] = html.match(/\/assets\/main[^"]+/) ?? []
      const main = await load(script!)
      const [later] =
        brotliDecompressSync(main)
          .toString()
          .match(/\/assets\/later[^"'`]+/) ?? []
      const numbers = {
        html: page.length,
        style: (await load(style!)).length,
        script: (await load(early!)).length + main.length,
        later: (await load(later!)).length,
      }
      const all = numbers.html + numbers.style + numbers.script
      return {
        measured: `${kilobytes(all)}; ${kilobytes(numbers.later)}`,
        met: all < WEIGHT_REACH,
        notes: [
          `HTML with 50 messages ${kilobytes(numbers.html)}, CSS ${kilobytes(numbers.style)}, JavaScript ${kilobytes(numbers.script)}; with what comes when the page lives ${kilobytes(all + numbers.later)} in all`,
        ],
        numbers: { all, ...numbers },
      }
    }),
}
