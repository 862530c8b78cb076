// The built client, held in memory: names carry a hash of their content, so browsers may keep them for ever.
import { readdir, readFile } from "node:fs/promises"
import { extname, join } from "node:path"
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

/** Best first. */
const encodings = [
  { name: "br", ending: ".br" },
  { name: "gzip", ending: ".gz" },
]

export type Client = { assets: Assets; serve(context: Ask): Response }

export async function readClient(): Promise<Client> {
  const list = await readFile(join(FOLDER, "assets.json"), "utf8").catch(() => {
    throw new Error(
      "The browser's part is not built: start Parlour by `npm start` or `bin/parlour start`, which builds it.",
    )
  })
  const assets: Assets = JSON.parse(list)
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const file of await readdir(FOLDER))
    if (!file.startsWith(".")) files.set(file, new Uint8Array(await readFile(join(FOLDER, file))))

  return {
    assets,
    serve({ req, body, notFound }) {
      const name = req.path.slice("/assets/".length)
      const type = types[extname(name)]
      if (!type || !files.has(name)) return notFound() as Response
      const encoding = encodings.find(
        (one) => takes(req.header("accept-encoding"), one.name) && files.has(name + one.ending),
      )
      return body(files.get(name + (encoding?.ending ?? ""))!, 200, {
        "content-type": type,
        "cache-control": "public, max-age=31536000, immutable",
        vary: "accept-encoding",
        ...(encoding && { "content-encoding": encoding.name }),
      })
    },
  }
}
