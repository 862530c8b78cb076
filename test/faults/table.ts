// What runs came to, as a table: on the screen while they go on, and in a document, between two marks, when all is over.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { inWords } from "./delays.ts"
import type { Report } from "./run.ts"
import type { Caught } from "./sabotage.ts"

export type Sum = Omit<Report, "seed" | "story" | "violations"> & { runs: number; violations: number }

export const nothingYet = (fault: string): Sum => {
  const none = { runs: 0, cycles: 0, seconds: 0, answered: 0, unknown: 0, heard: 0, memory: 0, violations: 0 }
  return { fault, ...none }
}

export function add(sum: Sum, report: Report): void {
  sum.runs++
  for (const key of ["cycles", "seconds", "answered", "unknown", "heard"] as const) sum[key] += report[key]
  sum.memory = Math.max(sum.memory, report.memory)
  sum.violations += report.violations.length
  if (report.measured) sum.measured = report.measured
  if (report.delays) sum.delays = [...(sum.delays ?? []), ...report.delays]
}

export function measured({ measured, delays }: Sum): string | null {
  return [measured, delays && delays.length > 0 && inWords(delays)].filter(Boolean).join("; ") || null
}

export function total(sums: Sum[]): Sum {
  const all = nothingYet("all")
  for (const sum of sums) {
    for (const key of ["runs", "cycles", "seconds", "answered", "unknown", "heard", "violations"] as const)
      all[key] += sum[key]
    all.memory = Math.max(all.memory, sum.memory)
  }
  return all
}

export const HEAD = ["fault", "runs", "cycles", "answered", "unknown", "heard", "memory", "time", "violations"]

const cells = (sum: Sum): string[] => [
  sum.fault,
  `${sum.runs}`,
  `${sum.cycles}`,
  `${sum.answered}`,
  `${sum.unknown}`,
  `${sum.heard}`,
  `${sum.memory.toFixed(0)} MiB`,
  `${sum.seconds.toFixed(0)} s`,
  `${sum.violations}`,
]

const onScreen = ([name = "", ...rest]: string[]) => name.padEnd(20) + rest.map((cell) => cell.padStart(11)).join("")

export const head = onScreen(HEAD)
export const row = (sum: Sum) => onScreen(cells(sum))

const inMarkdown = (lines: string[][]) => {
  const [first = []] = lines
  const ruled = [first, first.map((_, i) => (i === 0 ? "---" : "---:")), ...lines.slice(1)]
  return ruled.map((line) => `| ${line.join(" | ")} |`).join("\n")
}

const machine = () => `${cpus().length} cores, Bun ${Bun.version}, ${new Date().toISOString().slice(0, 10)}`

/** Writes the table of a run into FILE.md between its marks, and its figures into FILE.json. */
export function saveFaults(file: string, part: string, command: string, sums: Sum[]): void {
  const table = inMarkdown([HEAD, ...[...sums, total(sums)].map(cells)])
  const figures = sums.map(({ delays: _, ...sum }, i) => ({ ...sum, ...inFull(measured(sums[i]!)) }))
  const found = figures.flatMap(({ fault, measured }) => (measured ? [`- ${fault}: ${measured}`] : []))
  const notes = found.length > 0 ? `\n\n${found.join("\n")}` : ""
  save(file, part, `\`${command}\` (${machine()})\n\n${table}${notes}`, { command, machine: machine(), sums: figures })
}

const inFull = (measured: string | null) => measured && { measured }

export function saveBroken(file: string, part: string, command: string, all: Caught[]): void {
  const lines = all.map(({ sabotage, report, seconds, tries }) => [
    sabotage.name,
    sabotage.by,
    report ? [...new Set(report.violations.map(({ rule }) => rule))].join(", ") : "**not caught**",
    `${tries}`,
    `${seconds.toFixed(1)} s`,
  ])
  const table = inMarkdown([["a build that", "is caught by", "breaking", "runs", "after"], ...lines])
  const builds = all.map(({ sabotage, report, seconds, tries }) => {
    return { name: sabotage.name, by: sabotage.by, caught: report?.violations[0]?.words ?? null, seconds, tries }
  })
  const caught = all.filter(({ report }) => report).length
  const words = `\`${command}\` (${machine()}): ${caught} of ${all.length} caught`
  save(file, part, `${words}\n\n${table}`, { command, machine: machine(), builds })
}

function save(file: string, part: string, text: string, figures: object): void {
  const [page, json] = [`${file}.md`, `${file}.json`]
  const [begin, end] = [`<!-- ${part}: written by bin/faults -->`, `<!-- end of ${part} -->`]
  const before = existsSync(page) ? readFileSync(page, "utf8") : `${begin}\n${end}\n`
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  const fresh = `${begin}\n\n${text}\n\n${end}`
  const after =
    from < 0 || to < 0 ? `${before}\n${fresh}\n` : before.slice(0, from) + fresh + before.slice(to + end.length)
  writeFileSync(page, after)
  const known = existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : {}
  writeFileSync(json, `${JSON.stringify({ ...known, [part]: figures }, null, 2)}\n`)
}
