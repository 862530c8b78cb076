// The web app manifest, which bears the place's own name, as the page at its door does, too; and its picture where browsers look for
// one by themselves.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseJson } from "../../protocol/json.ts"
import type { Assets } from "../../view/page.tsx"
import type { App } from "../app.ts"
import { readPlace } from "../people/place.ts"
import type { Ask } from "./env.ts"

const FOLDER = join(import.meta.dirname, "../../client")
/** Seconds: what is there changes with a version of Parlour, and its address does not. */
const KEPT = 24 * 3600

/** A picture that is asked for under a name that is fixed. */
export function ownPicture(name: "favicon.ico" | "apple-touch-icon.png", type: string) {
  const content = new Uint8Array(readFileSync(join(FOLDER, name)))
  return (context: Ask) =>
    context.body(content, 200, { "content-type": type, "cache-control": `public, max-age=${KEPT}` })
}

export function manifest(app: App, { icon }: Assets) {
  const text = readFileSync(join(FOLDER, "manifest.webmanifest"), "utf8").replaceAll("icon.svg", icon)
  const drawn = parseJson(text) as object
  return async (context: Ask) => {
    const { name } = await readPlace(app.db.sql)
    const content = JSON.stringify({ ...drawn, ...(name && { name, short_name: name }) })
    return context.body(content, 200, { "content-type": "application/manifest+json" })
  }
}
