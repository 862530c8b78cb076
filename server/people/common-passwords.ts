// What guessers try first: a list of the most common passwords, by how common they are. The file says whence it is and under
// which licence. It is read when the first password is chosen, and takes two megabytes from then on.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

const FILE = join(import.meta.dirname, "common-passwords.txt.gz")

let ranks: Map<string, number> | undefined

/** At which place of the list it stands, from 1 on; undefined where it does not. In small letters. */
export function rankOf(word: string): number | undefined {
  ranks ??= read()
  return ranks.get(word)
}

function read(): Map<string, number> {
  const lines = gunzipSync(readFileSync(FILE)).toString("utf8").trimEnd().split("\n")
  const words = lines.filter((line) => !line.startsWith("#"))
  return new Map(words.map((word, index) => [word, index + 1]))
}
