// What guessers try first: a list of the most common passwords, by how common they are. The file says whence it is and under
// which licence. It is read when the first password is chosen, and stays as it is, sorted text of a quarter of a megabyte that
// is searched by halves: as a map it would take ten times as much, for ever, for what is asked once in a while.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const FILE = join(import.meta.dirname, "common-passwords.txt.gz")

/** Lines of a word, a blank and its place. Each has a line end on either side. */
let list: string | undefined

/** At which place of the list it stands, from 1 on; undefined where it does not. In small letters. */
export function rankOf(word: string): number | undefined {
  list ??= read()
  let [from, to] = [0, list.length - 1] // line ends, between which its line would be
  while (from < to) {
    const begin = list.lastIndexOf("\n", (from + to) >> 1)
    const end = list.indexOf("\n", begin + 1)
    const blank = list.lastIndexOf(" ", end)
    const here = list.slice(begin + 1, blank)
    if (here === word) return Number(list.slice(blank + 1, end))
    if (here < word) from = end
    else to = begin
  }
  return undefined
}

function read(): string {
  const text = gunzipSync(readFileSync(FILE)).toString("utf8")
  return text.slice(text.indexOf("\n\n") + 1) // from behind the licence on
}
