// Addresses that let in whoever knows them, through the proxies as they are shipped: they stand in no log, whether Parlour answers
// or not, and neither do they by what their pages load.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { caddy, nginx, provide } from "../bin/needs.ts"
import { nginxWith } from "./nginx.ts"
import { freePort } from "./port.ts"
import { until, visitor, type World, world } from "./world.ts"

const ROOT = join(import.meta.dirname, "..")
const shipped = (path: string) => readFile(join(ROOT, path), "utf8")

let folder: string
let place: World
/** The paths of a password link and of the invite link. */
let links: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parlour-links-"))
  place = await world()
  const ann = await place.person("ann")
  await place.person("bob")
  const made = await ann.fetch("/place/password-link", {
    method: "POST",
    body: new URLSearchParams({ username: "bob" }),
  })
  const html = await made.text()
  links = [html.match(/\/password\/[\w-]{43}/)![0], html.match(/\/join\/\w+/)![0]]
})
afterAll(async () => {
  await place[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

type Proxy = AsyncDisposable & { url: string; log(): Promise<string> }

function running(command: string[], env: Record<string, string>, url: string, log: () => Promise<string>): Proxy {
  const errors = Bun.file(join(folder, "said"))
  const child = Bun.spawn(command, { cwd: folder, env, stdin: "ignore", stdout: "ignore", stderr: errors })
  return {
    url,
    log: async () => (await log()) + (await errors.text()),
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
    },
  }
}

/** The part of it that serves, without TLS, and with a log of what is asked as Debian's has it. */
async function nginxBefore(upstream: string): Promise<Proxy> {
  const port = await freePort()
  const settings = (await shipped("deploy/nginx.conf"))
    .replace(/server \{\s+listen 80;[\s\S]*$/, "")
    .replaceAll(/\s+ssl_certificate.*/g, "")
    .replace("listen 443 ssl http2", `listen 127.0.0.1:${port}`)
    .replace(/\s+listen \[::\]:443.*/, "")
    .replace("127.0.0.1:3000", upstream)
    .replace(/\s+server 127.0.0.1:3001.*/, "")
  const config = nginxWith(settings).replace("access_log off;", "access_log access.log;")
  await writeFile(join(folder, "nginx.conf"), config)
  for (const name of ["access.log", "error.log"]) await writeFile(join(folder, name), "")
  const command = [provide(nginx), "-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")]
  const read = async () =>
    (await readFile(join(folder, "access.log"), "utf8")) + (await readFile(join(folder, "error.log"), "utf8"))
  return running(command, { PATH: process.env.PATH! }, `http://127.0.0.1:${port}`, read)
}

/** With a log of what is asked, which is not on by itself. */
async function caddyBefore(upstream: string): Promise<Proxy> {
  const url = `http://127.0.0.1:${await freePort()}`
  const settings = (await shipped("deploy/Caddyfile"))
    .replace(/^\{$/m, "{\n\tadmin off\n\tdefault_bind 127.0.0.1")
    .replace("reverse_proxy", "log\n\treverse_proxy")
    .replace("lb_try_duration 10s", "lb_try_duration 200ms")
  await writeFile(join(folder, "Caddyfile"), settings)
  const env = { PATH: process.env.PATH!, HOME: folder, PUBLIC_URL: url, PARLOUR: upstream }
  const command = [provide(caddy), "run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"]
  return running(command, env, url, async () => "")
}

/** As a browser does: what a page loads is asked for with what the page's policy lets it tell of where it comes from. */
async function open(url: string, path: string): Promise<number> {
  const asks = visitor(url)
  const page = await asks.fetch(path, { headers: { accept: "text/html" } })
  const policy = page.headers.get("referrer-policy")
  const referer = policy === "strict-origin" ? `${url}/` : url + path
  const [, style] = (await page.text()).match(/<link rel="stylesheet" href="([^"]+)"/) ?? []
  if (style) await (await asks.fetch(style, { headers: { referer } })).text()
  return page.status
}

test.each([
  ["nginx", nginxBefore],
  ["Caddy", caddyBefore],
] as const)(
  "no link is in the log of %s",
  async (_, before) => {
    const { host } = new URL(place.url)
    for (const upstream of [host, `127.0.0.1:${await freePort()}`]) {
      await using proxy = await before(upstream)
      const isThere = () =>
        fetch(`${proxy.url}/health`).then(
          () => true,
          () => false,
        )
      await until("it answers", isThere, 10_000)
      for (const link of links)
        expect(await open(proxy.url, link)).toBeWithin(upstream === host ? 200 : 502, upstream === host ? 201 : 504)
      await open(proxy.url, "/place?written-down")
      await until("what was asked is in the log", async () => (await proxy.log()).includes("written-down"))
      const log = await proxy.log()
      for (const link of links) expect(log).not.toContain(link.split("/").at(-1)!)
    }
  },
  40_000,
)
