// What may stand behind the question mark of an address.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Every word by which a route reads something of its address, from the routes themselves. */
export function wordsOfAddresses(): string[] {
  const folder = join(import.meta.dirname, "../server/http")
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name))
  const found = files.flatMap((name) => [
    ...readFileSync(join(folder, name), "utf8").matchAll(/(?:queried\(context, |listed\()"(\w+)"\)/g),
  ])
  return [...new Set(found.map(([, word]) => word!))].sort()
}
