// What guessers try first: a list of the most common passwords, by how common they are. The file says whence it is and under
// which licence. It is read when the first password is chosen, and stays as it is, sorted text of a quarter of a megabyte: as a
// map it would take ten times as much, for ever, for what is asked once in a while.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const FILE = join(import.meta.dirname, "common-passwords.txt.gz")

/** By the character that they begin with: lines of a word, a blank and its place, each with a line end on either side. */
let groups: Map<string, string> | undefined

/** At which place of the list it stands, from 1 on; undefined where it does not. In small letters. */
export function rankOf(word: string): number | undefined {
  groups ??= read()
  const lines = groups.get(word.slice(0, 1))
  const at = lines?.indexOf(`\n${word} `) ?? -1
  return at < 0 ? undefined : Number.parseInt(lines!.slice(at + word.length + 2), 10)
}

function read(): Map<string, string> {
  const [, ...groups] = gunzipSync(readFileSync(FILE)).toString("utf8").split("\n\n") // the first is the licence
  return new Map(groups.map((lines) => [lines.slice(0, 1), `\n${lines}\n`]))
}
