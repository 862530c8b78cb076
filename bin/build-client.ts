// Bundles what the browser loads into dist/: names carry a hash of the content, so that browsers may keep them for ever,
// and each file lies there compressed already. Files are added, never changed, and assets.json, which says which of them
// are meant, is replaced last and in one step: a server that starts or runs meanwhile never sees half a build.
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"
import type { BunPlugin } from "bun"

const root = join(import.meta.dirname, "..")
const dist = join(root, "dist")

/** How long files of earlier builds stay after others took their place, for pages that are still open and servers that still
 *  run. */
const KEEP_DAYS = 7

await mkdir(dist, { recursive: true })
await keepMeant()
const early = await put("early.js", await bundle("client/early.ts"))
const later = await put("later.js", await bundle("client/later.ts"))
const [script, standin, style, pages, noscript, icon] = await Promise.all([
  bundle("client/main.tsx", later).then((code) => put("main.js", code)),
  bundle("client/standin.ts").then((code) => put("standin.js", code)),
  bundle("client/style/style.css").then((code) => put("style.css", code)),
  bundle("client/style/pages.css").then((code) => put("pages.css", code)),
  bundle("client/style/noscript.css").then((code) => put("noscript.css", code)),
  source("client/icon.svg").then((drawing) => put("icon.svg", drawing)),
])
const meant = { style, pages, early, script, later, standin, noscript, icon }
await write("assets.json", `${JSON.stringify(meant, null, 2)}\n`)
await removeOld()

/** What has been meant until now, since whenever, is an earlier build's from now on: its days are counted from here. */
async function keepMeant(): Promise<void> {
  const list = join(dist, "assets.json")
  if (!existsSync(list)) return
  const meant = Object.values<string>(JSON.parse(await readFile(list, "utf8"))).map((path) => basename(path))
  const now = new Date()
  for (const name of await readdir(dist))
    if (meant.includes(name.replace(/\.(br|gz)$/, ""))) await utimes(join(dist, name), now, now)
}

/** `later` is the address of what the page loads when it lives. */
async function bundle(entry: string, later = ""): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(root, entry)],
    plugins: later ? [withoutLinks()] : [],
    // Styles go out as they are written: for "browser" Bun rewrites light-dark(), nesting and colours for browsers of 2020.
    target: entry.endsWith(".css") ? "bun" : "browser",
    // What stands in where nothing newer runs is left in the language that it is written in.
    minify: { whitespace: true, identifiers: true, syntax: !entry.includes("standin") },
    define: { "process.env.NODE_ENV": '"production"', "process.env.LATER": JSON.stringify(later) },
    external: ["/assets/*"],
  })
  const [output] = outputs
  if (outputs.length !== 1 || !output) throw new Error(`${entry} became ${outputs.length} files instead of one`)
  return output.text()
}

/** Until the other has come, a page has only the links that are drawn. */
function withoutLinks(): BunPlugin {
  const path = join(root, "client/drawn-links.ts")
  return {
    name: "without what finds links",
    setup: (build) => void build.onResolve({ filter: /\/links\.ts$/ }, () => ({ path })),
  }
}

async function source(path: string): Promise<string> {
  return readFile(join(root, path), "utf8")
}

/** Stores a file and its compressed copies, and returns its address. */
async function put(name: string, content: string): Promise<string> {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12)
  const hashed = name.replace(/(?=\.[a-z]+$)/, `-${hash}`)
  const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }
  await Promise.all([
    write(hashed, content),
    write(`${hashed}.br`, await promisify(brotliCompress)(content, brotli)),
    write(`${hashed}.gz`, await promisify(gzip)(content, { level: 9 })),
  ])
  return `/assets/${hashed}`
}

async function write(name: string, content: string | Uint8Array): Promise<void> {
  const half = join(dist, `.${name}.${process.pid}`)
  await writeFile(half, content)
  await rename(half, join(dist, name))
}

async function removeOld(): Promise<void> {
  const oldest = Date.now() - KEEP_DAYS * 24 * 3600 * 1000
  for (const name of await readdir(dist)) {
    const path = join(dist, name)
    const found = await stat(path).catch(() => null) // another build's half, which is in place by now
    if (found && found.mtimeMs < oldest && extname(name) !== ".json") await rm(path, { force: true })
  }
}
