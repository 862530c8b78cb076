// Makes server/names/look-alikes.txt from Unicode's table: `bun bin/look-alikes.ts confusables.txt`, with the file that
// https://www.unicode.org/Public/security/latest/ has, at each new version of Unicode.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { lengthOf } from "../protocol/limits.ts"
import { composed } from "../protocol/text.ts"

const [file] = process.argv.slice(2)
if (!file) throw new Error("Say where Unicode's confusables.txt lies.")
const table = readFileSync(file, "utf8")
const textOf = (codes: string) =>
  String.fromCodePoint(
    ...codes
      .trim()
      .split(/\s+/)
      .map((code) => Number.parseInt(code, 16)),
  )
const pairs = table
  .split("\n")
  .flatMap((line) => {
    const [, source, target] = line.match(/^\s*([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;\s*MA/) ?? []
    return source && target ? [[textOf(source), textOf(target)] as const] : []
  })
  .sort(([one], [other]) => one.codePointAt(0)! - other.codePointAt(0)!)
// Some of the letters have another spelling once they are composed, of several signs even.
const known = new Set(pairs.map(([letter]) => letter))
const composedPairs = pairs.flatMap(([letter, like]) => {
  const spelled = composed(letter)
  if (spelled === letter || spelled === like || known.has(spelled)) return []
  known.add(spelled)
  return [[spelled, lengthOf(spelled) > 1 ? composed(like) : like] as const]
})
const [, version] = table.match(/# Version: (\S+)/) ?? []
writeFileSync(
  join(import.meta.dirname, "../server/names/look-alikes.txt"),
  `# Unicode ${version}\n${[...pairs, ...composedPairs].map(([one, like]) => `${one}\t${like}\n`).join("")}`,
)
console.log(`${pairs.length} pairs of Unicode ${version}`)
