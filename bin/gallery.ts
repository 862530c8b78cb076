// Serves the samples of view/gallery.tsx with the styles as they are now: a reload shows a change of either kind of
// file when run with `bun --watch`. Loopback only. A file of messages, one JSON object a line, may stand in for the talk.
import { readFileSync } from "node:fs"
import type { Message } from "../protocol/event.ts"
import { FRAMED_POLICY } from "../server/http/policy.ts"
import { samples } from "../view/gallery.tsx"

const [port = "4010", file] = process.argv.slice(2)

const assets = {
  style: "/style.css",
  pages: "/pages.css",
  script: "/main.js",
  standin: "/standin.js",
  noscript: "/noscript.css",
  icon: "/icon.svg",
  manifest: "/manifest.webmanifest",
}

const said = file
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line): Message => JSON.parse(line))
  : undefined
const drawn = samples(assets, said)

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname.endsWith(".css")) return styles(pathname)
    if (pathname === "/icon.svg" || pathname === "/manifest.webmanifest")
      return new Response(Bun.file(`client${pathname}`))
    if (pathname === "/events") return page("frame")
    return pathname === "/" ? contents() : page(pathname.slice(1))
  },
})

console.log(`The gallery is at ${server.url}`)

function page(name: string): Response {
  const sample = drawn.find((sample) => sample.name === name)
  return sample ? html(sample.html) : new Response("No such sample", { status: 404 })
}

const contents = (): Response => html(drawn.map(({ name, title }) => `<p><a href="/${name}">${title}</a>`).join(""))

const html = (body: string): Response =>
  new Response(body, {
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": FRAMED_POLICY },
  })

async function styles(pathname: string): Promise<Response> {
  const built = await Bun.build({ entrypoints: [`client/style${pathname}`], minify: true })
  return new Response(built.outputs[0], { headers: { "content-type": "text/css; charset=utf-8" } })
}
