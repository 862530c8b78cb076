// Makes server/names/look-alikes.json from Unicode's table: `bun bin/look-alikes.ts confusables.txt`, with the file that
// https://www.unicode.org/Public/security/latest/ has, at each new version of Unicode.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

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
const [, version] = table.match(/# Version: (\S+)/) ?? []
writeFileSync(
  join(import.meta.dirname, "../server/names/look-alikes.json"),
  `${JSON.stringify({ unicode: version, alike: Object.fromEntries(pairs) }, null, 1)}\n`,
)
console.log(`${pairs.length} pairs of Unicode ${version}`)
