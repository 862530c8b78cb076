// What guessers try first: a list of the most common passwords, by how common they are. The file says whence it is and under
// which licence. It is read when the first password is chosen, and stays as it is, sorted text of a quarter of a megabyte: as a
// map it would take ten times as much, for ever, for what is asked once in a while.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const FILE = join(import.meta.dirname, "common-passwords.txt.gz")

/** By the character that they begin with: lines of a word, a blank and its place, each with a line end on either side. */
let groups: Map<string, Buffer> | undefined

/** At which place of the list it stands, from 1 on; undefined where it does not. In small letters. */
export function rankOf(word: string): number | undefined {
  groups ??= read()
  const lines = groups.get(word.slice(0, 1))
  const line = `\n${word} `
  const at = lines?.indexOf(line) ?? -1
  if (at < 0) return undefined
  const begins = at + Buffer.byteLength(line)
  return Number(lines!.toString("latin1", begins, lines!.indexOf("\n", begins)))
}

/** Parts of one piece of memory. Before the first group stands the licence. */
function read(): Map<string, Buffer> {
  const text = gunzipSync(readFileSync(FILE))
  const groups = new Map<string, Buffer>()
  for (let end = text.indexOf("\n\n"); end >= 0; ) {
    const begins = end + 1
    end = text.indexOf("\n\n", begins)
    const lines = text.subarray(begins, end < 0 ? text.length : end + 1)
    groups.set(lines.toString("utf8", 1, 5).slice(0, 1), lines)
  }
  return groups
}
