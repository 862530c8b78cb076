// What a message costs the browser of someone who looks at a room: all script, style and layout from its arrival on,
// wherever in the frame they happen, as the browser itself accounts for it.
import { chromium, find } from "../../bin/needs.ts"
import { registered } from "../dialects.ts"
import { median, percentile, type Row, short } from "../row.ts"
import { root, startParlour, withFolder, withServer } from "../server.ts"
import { lines } from "../words.ts"

/** The newest 50 stand in the page as it comes; it lets go of old rows only at 350. */
const ROWS = 300
const APPENDS = 60
const REACH = 4

type Append = Record<"work" | "script" | "style" | "layout" | "all", number>

export const appending: Row = {
  name: "append",
  what: `appending a message to a timeline of ${ROWS} in Chromium`,
  reach: `under ${REACH} ms`,
  measure: () =>
    withFolder((folder) =>
      withServer(startParlour(folder), async ({ origin }) => {
        const executablePath = find(chromium)
        if (!executablePath) throw new Error("No Chromium was found: say where it is in CHROMIUM.")
        const [reader, writer] = await registered(origin, 2)
        const texts = Array.from(lines(ROWS + APPENDS), ({ text }) => text)
        const { rows, arrived, appends } = await inBrowser({
          executablePath,
          origin,
          reader,
          writer,
          before: texts.slice(0, ROWS),
          measured: texts.slice(ROWS),
        })
        const of = (part: keyof Append) => appends.map((append) => append[part])
        const p50 = median(of("work"))
        return {
          measured: `p50 ${short(p50)} ms`,
          met: p50 < REACH && arrived && rows === ROWS,
          notes: [
            `script ${short(median(of("script")))} ms, style ${short(median(of("style")))} ms, layout ${short(median(of("layout")))} ms; ` +
              `p95 ${short(percentile(of("work"), 95))} ms; with painting and all else p50 ${short(median(of("all")))} ms; ${rows} rows at the start`,
          ],
          numbers: { p50, p95: percentile(of("work"), 95), all: median(of("all")), rows },
        }
      }),
    ),
}

async function inBrowser(orders: object): Promise<{ rows: number; arrived: boolean; appends: Append[] }> {
  const child = Bun.spawn(["node", "bench/append.mjs"], {
    cwd: root,
    stdio: [new Blob([JSON.stringify(orders)]), "pipe", "inherit"],
  })
  const found = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error("The browser did not get through.")
  return JSON.parse(found)
}
