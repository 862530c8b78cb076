// The results as a page: the table, and plots drawn by hand as SVG. It needs nothing but itself.
import { type Found, type Plot, type Row, short } from "./row.ts"

const WIDTH = 640
const LEFT = 170
const RIGHT = 90
const BAR = 26
const HEIGHT = 220
const COLOURS = ["#2f6f4f", "#b5542b", "#3b5b92", "#8a6d1d"]

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse } th, td { text-align: start; padding: .35rem .7rem; border-bottom: 1px solid #ddd; vertical-align: top }
.no { color: #a3341f; font-weight: 600 } figure { margin: 2rem 0 } figcaption { font-weight: 600 } svg { max-width: 100%; height: auto; font: 13px system-ui, sans-serif }
li { margin-bottom: .3rem }`

export function pageOf(at: string, found: [Row, Found][]): string {
  const rows = found.map(([{ what, reach }, { measured, met }]) => {
    const verdict = met === null ? "<td></td>" : met ? "<td>yes</td>" : `<td class="no">no</td>`
    return `<tr><td>${text(what)}</td><td>${text(measured)}</td><td>${text(reach)}</td>${verdict}</tr>`
  })
  const plots = found.flatMap(([, { plots = [] }]) => plots.map(figure))
  const notes = found.flatMap(([{ name }, { notes = [] }]) =>
    notes.map((note) => `<li><b>${text(name)}</b>: ${text(note)}</li>`),
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>How fast Parlour is</title>
<style>${STYLE}</style>
<h1>How fast Parlour is</h1>
<p>Measured <time>${text(at)}</time> by <code>bin/bench</code>. What is compared was measured in turn, in the same run.</p>
<table>
<thead><tr><th>what</th><th>measured</th><th>to reach</th><th>met?</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
${plots.join("\n")}
<h2>More to know</h2>
<ul>
${notes.join("\n")}
</ul>
</html>
`
}

const figure = (plot: Plot): string =>
  `<figure><figcaption>${text(plot.title)}</figcaption>\n${"bars" in plot ? bars(plot.bars) : lines(plot.lines)}\n</figure>`

function bars(all: { name: string; value: number }[]): string {
  const most = Math.max(...all.map(({ value }) => value))
  const drawn = all.map(({ name, value }, i) => {
    const y = i * BAR
    const width = round(((WIDTH - LEFT - RIGHT) * value) / most)
    return (
      `<text x="${LEFT - 8}" y="${y + 17}" text-anchor="end">${text(name)}</text>` +
      `<rect x="${LEFT}" y="${y + 3}" width="${width}" height="${BAR - 8}" fill="${COLOURS[0]}"/>` +
      `<text x="${LEFT + width + 6}" y="${y + 17}">${short(value)}</text>`
    )
  })
  return svg(all.length * BAR, drawn.join("\n"))
}

/** From zero up, over a horizontal axis of tenfold steps. */
function lines(all: { name: string; points: [x: number, y: number][] }[]): string {
  const points = all.flatMap((line) => line.points)
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b)
  const [least, largest] = [Math.log10(xs[0]!), Math.log10(xs.at(-1)!)]
  const most = Math.max(...points.map(([, y]) => y))
  const right = WIDTH - RIGHT
  const across = (x: number) => round(60 + ((right - 60) * (Math.log10(x) - least)) / (largest - least || 1))
  const up = (y: number) => round(HEIGHT - 30 - ((HEIGHT - 50) * y) / most)
  const floor = `<path d="M60 ${up(0)}H${right}" stroke="#999"/><text x="52" y="${up(0) + 4}" text-anchor="end">0</text>`
  const top = `<text x="52" y="${up(most) + 4}" text-anchor="end">${short(most)}</text>`
  const marks = xs.map((x) => `<text x="${across(x)}" y="${HEIGHT - 8}" text-anchor="middle">${short(x)}</text>`)
  const drawn = all.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!
    const [endX, endY] = points.at(-1)!
    const path = points.map(([x, y]) => `${across(x)} ${up(y)}`).join("L")
    const dots = points.map(([x, y]) => `<circle cx="${across(x)}" cy="${up(y)}" r="3" fill="${colour}"/>`)
    const label = `<text x="${across(endX) + 8}" y="${up(endY) + 4}" fill="${colour}">${text(name)}</text>`
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${label}`
  })
  return svg(HEIGHT, [floor, top, ...marks, ...drawn].join("\n"))
}

const svg = (height: number, inside: string) =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">${inside}</svg>`

const round = (value: number) => Math.round(value * 10) / 10

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
const text = (plain: string) => plain.replace(/[&<>"]/g, (sign) => signs[sign]!)
