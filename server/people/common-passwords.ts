// What guessers try first: a list of the most common passwords, by how common they are. The file says whence it is and under
// which licence. It is read when the first password is chosen, and stays as it is, sorted text of a quarter of a megabyte: as a
// map it would take ten times as much, for ever, for what is asked once in a while.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const FILE = join(import.meta.dirname, "common-passwords.txt.gz")

/** Lines of a word, a blank and its place. Each has a line end on either side. */
let list: string | undefined
/** The lines that begin with a character: no more has to be looked through for a word. */
const beginnings = new Map<string, string>()

/** At which place of the list it stands, from 1 on; undefined where it does not. In small letters. */
export function rankOf(word: string): number | undefined {
  const lines = linesFrom(word.slice(0, 1))
  const at = lines.indexOf(`\n${word} `)
  return at < 0 ? undefined : Number.parseInt(lines.slice(at + word.length + 2), 10)
}

function linesFrom(first: string): string {
  const known = beginnings.get(first)
  if (known !== undefined) return known
  list ??= read()
  const begin = list.indexOf(`\n${first}`)
  if (begin < 0) return "" // and is not kept: there are a million characters
  const lines = list.slice(begin, list.indexOf("\n", list.lastIndexOf(`\n${first}`) + 1) + 1)
  beginnings.set(first, lines)
  return lines
}

function read(): string {
  const text = gunzipSync(readFileSync(FILE)).toString("utf8")
  return text.slice(text.indexOf("\n\n") + 1) // from behind the licence on
}
