// The results as a page: the table, and plots drawn by hand as SVG. It needs nothing but itself.
import { type Found, type Plot, type Row, short } from "./row.ts"

const WIDTH = 640
/** A name with its value, and the bar below. */
const BAR = 54
const HEIGHT = 260
const LEFT = 70
const RIGHT = WIDTH - 110

const STYLE = `:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #26251f; --soft: #6a675c; --rule: #dedacd;
--first: #2f6f4f; --second: #a8521f; --third: #3b5b92; --other: #b9b4a3; --yes: #2f6f4f; --no: #a3341f }
@media (prefers-color-scheme: dark) { :root { --paper: #1a1b19; --ink: #e8e6de; --soft: #a19e92; --rule: #383a35;
--first: #7cc29d; --second: #e0a173; --third: #93b0e2; --other: #5d5f57; --yes: #7cc29d; --no: #f0917c } }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem } p { margin: 0 0 1.5rem; color: var(--soft) }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; padding: .55rem .8rem .55rem 0; border-bottom: 1px solid var(--rule); vertical-align: top }
th { font-weight: 600; color: var(--soft) } .yes { color: var(--yes) } .no { color: var(--no); font-weight: 600 }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem }
figure { margin: 0 } figcaption { font-weight: 600; margin-bottom: .4rem } svg { display: block; width: 100%; height: auto; font: 19px system-ui, sans-serif }
text { fill: var(--ink) } .axis { fill: var(--soft) } .rule { stroke: var(--rule) } .bar { fill: var(--other) } .ours { fill: var(--first) }
.line { fill: none; stroke-width: 2.5 } .c0 { stroke: var(--first) } .c1 { stroke: var(--second) } .c2 { stroke: var(--third) } .c3 { stroke: var(--soft) }
.d0 { fill: var(--first) } .d1 { fill: var(--second) } .d2 { fill: var(--third) } .d3 { fill: var(--soft) }
dt { font-weight: 600; margin-top: .9rem } dd { margin: .15rem 0 0; color: var(--soft); overflow-wrap: anywhere }
@media (max-width: 40rem) { thead { display: none } tr { display: block; padding: .7rem 0; border-bottom: 1px solid var(--rule) } td { display: block; border: 0; padding: .1rem 0 }
td:first-child { font-weight: 600 } td:nth-child(3)::before { content: "to reach: "; color: var(--soft) } td:nth-child(4)::before { content: "met: "; color: var(--soft) } td:nth-child(n + 3):empty { display: none } svg { font-size: 24px } }`

export function pageOf(at: string, machine: string, found: [Row, Found][]): string {
  const rows = found.map(([{ what, reach }, { measured, met }]) => {
    const verdict = met === null ? "<td></td>" : met ? `<td class="yes">yes</td>` : `<td class="no">no</td>`
    return `<tr><td>${text(what)}</td><td>${text(measured)}</td><td>${text(reach)}</td>${verdict}</tr>`
  })
  const plots = found.flatMap(([, { plots = [] }]) => plots.map(figure))
  const notes = found.flatMap(([{ name }, { notes = [] }]) =>
    notes.length === 0 ? [] : [`<dt>${text(name)}</dt>`, ...notes.map((note) => `<dd>${text(note)}</dd>`)],
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>How fast Parlour is</title>
<style>
${STYLE}
</style>
</head>
<body>
<h1>How fast Parlour is</h1>
<p>Measured on <time datetime="${text(at)}">${text(at.slice(0, 16).replace("T", " "))} UTC</time> by <code>bin/bench</code>, on ${text(machine)}. What is compared was measured in turn, in the same run.</p>
<table>
<thead><tr><th>what</th><th>measured</th><th>to reach</th><th>met</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
<h2>Side by side</h2>
<div class="plots">
${plots.join("\n")}
</div>
<h2>More to know</h2>
<dl>
${notes.join("\n")}
</dl>
</body>
</html>
`
}

const figure = (plot: Plot): string =>
  `<figure><figcaption>${text(plot.title)}</figcaption>\n${"bars" in plot ? bars(plot.title, plot.bars) : lines(plot.title, plot.lines)}\n</figure>`

function bars(title: string, all: { name: string; value: number }[]): string {
  const most = Math.max(...all.map(({ value }) => value))
  const drawn = all.map(({ name, value }, i) => {
    const y = i * BAR
    return (
      `<text x="0" y="${y + 22}">${text(name)} <tspan dx="6" class="axis">${short(value)}</tspan></text>` +
      `<rect x="0" y="${y + 30}" width="${round((WIDTH * value) / most)}" height="14" rx="2" class="bar${name === "Parlour" ? " ours" : ""}"/>`
    )
  })
  return svg(title, all.length * BAR, drawn.join("\n"))
}

/** From zero up, over a horizontal axis of tenfold steps. */
function lines(title: string, all: { name: string; points: [x: number, y: number][] }[]): string {
  const points = all.flatMap((line) => line.points)
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b)
  const [least, largest] = [Math.log10(xs[0]!), Math.log10(xs.at(-1)!)]
  const most = Math.max(...points.map(([, y]) => y))
  const across = (x: number) => round(LEFT + ((RIGHT - LEFT) * (Math.log10(x) - least)) / (largest - least || 1))
  const up = (y: number) => round(HEIGHT - 48 - ((HEIGHT - 74) * y) / most)
  const label = (y: number) =>
    `<text x="${LEFT - 12}" y="${up(y) + 6}" text-anchor="end" class="axis">${short(y)}</text>`
  const rule = (y: number) => `<path d="M${LEFT} ${up(y)}H${RIGHT}" class="rule"/>`
  const marks = xs.map(
    (x) => `<text x="${across(x)}" y="${HEIGHT - 14}" text-anchor="middle" class="axis">${short(x)}</text>`,
  )
  const heights = apart(all.map(({ points }) => up(points.at(-1)![1])))
  const drawn = all.map(({ name, points }, i) => {
    const path = points.map(([x, y]) => `${across(x)} ${up(y)}`).join("L")
    const dots = points.map(([x, y]) => `<circle cx="${across(x)}" cy="${up(y)}" r="3.5" class="d${i % 4}"/>`)
    const called = `<text x="${across(points.at(-1)![0]) + 10}" y="${heights[i]! + 5}" class="d${i % 4}">${text(name)}</text>`
    return `<path d="M${path}" class="line c${i % 4}"/>${dots.join("")}${called}`
  })
  return svg(title, HEIGHT, [rule(0), rule(most), label(0), label(most), ...marks, ...drawn].join("\n"))
}

/** Heights at which labels stand that would otherwise lie upon each other. */
function apart(heights: number[]): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!)
  const moved = [...heights]
  for (const [place, i] of order.entries())
    if (place > 0) moved[i] = Math.max(moved[i]!, moved[order[place - 1]!]! + 24)
  return moved
}

const svg = (title: string, height: number, inside: string) =>
  `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${text(title)}"><title>${text(title)}</title>${inside}</svg>`

const round = (value: number) => Math.round(value * 10) / 10

const signs: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
const text = (plain: string) => plain.replace(/[&<>"]/g, (sign) => signs[sign]!)
