// The built client, held in memory, once for all who are sent it, however slowly they take it: names carry a hash of their content, so browsers may keep them for ever. What a later build
// put there is looked for on disk: while versions take turns, a page of the new one may ask the old one for its files.
import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Assets } from "../../view/page.tsx"
import { takes } from "./accept.ts"
import type { Ask } from "./env.ts"

const FOLDER = join(import.meta.dirname, "../../dist")

const types: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".png": "image/png",
}

/** As a build names what it makes. What is called otherwise is not looked for: no name leads out of the folder. */
const MADE = /^[a-z]+-[0-9a-f]{12}(\.[a-z]+)$/

/** Best first. */
const encodings = [
  { name: "br", ending: ".br" },
  { name: "gzip", ending: ".gz" },
]

export type Client = { assets: Assets; serve(context: Ask): Promise<Response> }

export async function readClient(): Promise<Client> {
  const list = await readFile(join(FOLDER, "assets.json"), "utf8").catch(() => {
    throw new Error(
      "The browser's part is not built: start Parlour by `npm start` or `bin/parlour start`, which builds it.",
    )
  })
  const assets: Assets = { ...JSON.parse(list), manifest: "/manifest.webmanifest" }
  const files = new Map<string, Blob>()
  for (const file of await readdir(FOLDER))
    if (!file.startsWith(".")) files.set(file, new Blob([await readFile(join(FOLDER, file))]))

  async function find(file: string) {
    const held = files.get(file)
    if (held) return held
    const path = join(FOLDER, file)
    if (!existsSync(path)) return null
    const made = new Blob([await readFile(path)])
    files.set(file, made)
    return made
  }

  return {
    assets,
    async serve({ req, notFound }) {
      const name = req.path.slice("/assets/".length)
      const type = types[name.match(MADE)?.[1] ?? ""]
      const plain = type && (await find(name))
      if (!plain) return notFound()
      const headers = {
        "content-type": type,
        "cache-control": "public, max-age=31536000, immutable",
        vary: "accept-encoding",
      }
      for (const encoding of encodings) {
        const packed = takes(req.header("accept-encoding"), encoding.name) && (await find(name + encoding.ending))
        if (packed) return new Response(packed, { headers: { ...headers, "content-encoding": encoding.name } })
      }
      return new Response(plain, { headers })
    },
  }
}
