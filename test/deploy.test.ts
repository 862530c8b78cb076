// The set-ups of deploy/, compose.yaml and the Dockerfile. The proxies are run, with nothing but addresses replaced in the
// files that are shipped, before two processes on one Postgres and one Redis. Of what needs Docker or a cluster is held what
// can be without: that it names what there is.
import { Database } from "bun:sqlite"
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { spawnSync } from "node:child_process"
import { existsSync, realpathSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { RedisClient, YAML } from "bun"
import { caddy, nginx, openssl, postgres, provide, redis } from "../bin/needs.ts"
import { createApp } from "../server/app.ts"
import { readConfig } from "../server/config.ts"
import { serve } from "../server/http/serve.ts"
import { nginxWith } from "./nginx.ts"
import { freePort } from "./port.ts"
import { freshDatabase, startPostgres } from "./postgres.ts"
import { raw } from "./raw.ts"
import { type Redis, startRedis } from "./redis.ts"
import { followers, listen, openSocket, speakers } from "./ways.ts"
import { PARLOUR, PASSWORD, register, until, type Visitor, visitor } from "./world.ts"

const ROOT = join(import.meta.dirname, "..")
const shipped = (path: string) => readFile(join(ROOT, path), "utf8")

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parlour-deploy-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Proxy = { publicUrl: string; start(processes: number[]): Promise<ReturnType<typeof Bun.spawn>> }

const quietly = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const

async function nginxBefore(): Promise<Proxy> {
  const [https, http] = [await freePort(), await freePort()]
  return {
    publicUrl: `https://localhost:${https}`,
    async start([one, other]) {
      makeCertificate()
      const settings = (await shipped("deploy/nginx.conf"))
        .replace("127.0.0.1:3000", `127.0.0.1:${one}`)
        .replace("127.0.0.1:3001", `127.0.0.1:${other}`)
        .replace(/listen \[::\]:443/, `listen 127.0.0.2:${https}`)
        .replace(/listen \[::\]:80/, `listen 127.0.0.2:${http}`)
        .replace(/listen 443/, `listen 127.0.0.1:${https}`)
        .replace(/listen 80/, `listen 127.0.0.1:${http}`)
        .replaceAll("/etc/letsencrypt/live/chat.example.org/", `${folder}/`)
      await writeFile(join(folder, "nginx.conf"), nginxWith(settings))
      const command = [provide(nginx), "-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")]
      return Bun.spawn(command, quietly)
    },
  }
}

function makeCertificate(): void {
  const what = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
  const where = ["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")]
  const { status, stderr } = spawnSync(provide(openssl), [...what, ...where], { encoding: "utf8" })
  if (status !== 0) throw new Error(`No certificate could be made: ${stderr}`)
}

async function caddyBefore(): Promise<Proxy> {
  const publicUrl = `http://127.0.0.1:${await freePort()}`
  return {
    publicUrl,
    async start(processes) {
      const settings = join(folder, "Caddyfile")
      const own = (await shipped("deploy/Caddyfile")).replace(/^\{$/m, "{\n\tadmin off\n\tdefault_bind 127.0.0.1")
      await writeFile(settings, own)
      const PARLOUR = processes.map((port) => `127.0.0.1:${port}`).join(" ")
      const env = { PATH: process.env.PATH!, HOME: folder, PUBLIC_URL: publicUrl, PARLOUR }
      return Bun.spawn([provide(caddy), "run", "--config", settings, "--adapter", "caddyfile"], { ...quietly, env })
    },
  }
}

/** So long a process that took no connection is let be, by both. */
const LET_BE_MS = 2_000
/** And at most so much longer: nginx counts whole seconds. */
const LONGER_MS = 1_000
/** What may be lost each time that a dead process is tried: Debian's Caddy closes what it was to send on to one that takes no
 *  connection, and has nothing left for the other (mended in Caddy 2.11.2). */
const LOST_BY_CADDY = 1

describe.each([
  ["nginx", nginxBefore, 0],
  ["Caddy", caddyBefore, LOST_BY_CADDY],
] as const)("through %s, as it is shipped,", (name, before, mayBeLost) => {
  let database: Awaited<ReturnType<typeof startPostgres>>
  let bus: Redis
  let proxy: Proxy
  let front: ReturnType<typeof Bun.spawn>
  let ports: number[]
  let env: Record<string, string>
  const running = new Map<number, ReturnType<typeof Bun.spawn>>()
  let own: string
  let ann: Visitor
  let bob: Visitor

  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), "parlour-deploy-"))
    database = await startPostgres(provide(postgres), own)
    bus = await startRedis(provide(redis), own)
    proxy = await before()
    ports = [await freePort(), await freePort()]
    const { url } = await freshDatabase(database.url)
    env = { DATABASE_URL: url, REDIS_URL: bus.url, PUBLIC_URL: proxy.publicUrl, DATA_DIR: join(own, "data") }
    for (const port of ports) await startParlour(port)
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0" // the certificate is our own
    front = await proxy.start(ports)
    await until(`${name} answers`, () => isThere(proxy.publicUrl), 10_000)
    ann = await register(proxy.publicUrl, "ann", await ownersCode())
    bob = await register(proxy.publicUrl, "bob")
  }, 120_000)

  afterAll(async () => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    for (const one of [front, ...running.values()]) {
      one?.kill()
      await one?.exited
    }
    await bus?.kill()
    database?.stop()
    await rm(own, { recursive: true, force: true })
  })

  const isThere = (url: string) =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )

  /** As whoever runs the place has it from its command line. */
  async function ownersCode(): Promise<{ code: string }> {
    const { stdout } = Bun.spawn([...PARLOUR, "user", "owner"], { env, stdin: "ignore" })
    const [link, code] = (await new Response(stdout).text()).match(/https?:\S+\/welcome\?code=(\w+)/)!
    expect(link).toStartWith(`${proxy.publicUrl}/`)
    expect((await visitor(proxy.publicUrl).fetch("/welcome", { headers: { accept: "text/html" } })).status).toBe(403)
    return { code: code! }
  }

  async function startParlour(port: number): Promise<void> {
    running.set(port, Bun.spawn(PARLOUR, { ...quietly, env: { ...env, PORT: `${port}` } }))
    await until("a Parlour answers", () => isThere(`http://127.0.0.1:${port}`), 20_000)
  }

  test("whatever way is spoken, it is heard at once whatever way one listens", async () => {
    const { cursor } = (await (await bob.fetch("/events?wait=0")).json()) as { cursor: string }
    const ears = Object.values(followers).map((follow) => listen(follow, bob, { room: "talk", after: cursor }))
    const said: string[] = []
    for (const [way, speak] of Object.entries(speakers)) {
      expect((await speak(ann, "talk", way)).status).toBeOneOf([201, 303])
      said.push(way)
      for (const ear of ears) await ear.hears(...said)
    }
    for (const ear of ears) await ear.end()
  }, 30_000)

  test("a form and a socket are taken from our own page, and from no other", async () => {
    const send = (origin: string) =>
      ann.fetch("/chat/talk/", {
        method: "POST",
        body: new URLSearchParams({ message: `from ${origin}` }),
        headers: { origin, accept: "text/html" },
      })
    expect((await send(proxy.publicUrl)).status).toBe(303)
    expect((await send("https://elsewhere.example")).status).toBe(403)
    const enter = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = ann.socket("/events", { origin })
        socket.onopen = () => resolve("open")
        socket.onerror = () => resolve("refused")
      })
    expect(await enter(proxy.publicUrl)).toBe("open")
    expect(await enter("https://elsewhere.example")).toBe("refused")
    const { protocol, port } = new URL(proxy.publicUrl)
    expect(ann.cookie).toStartWith(`${protocol === "https:" ? "__Host-" : ""}parlour-${port}=`)
  })

  test("by no Host does anything break, nor is anything told by a name that is not the place's own", async () => {
    const { host } = new URL(proxy.publicUrl)
    const hosts = [
      "a|b",
      "xn--",
      "[",
      "%",
      "1.2.3.4.5",
      "a:b",
      "",
      "evil.example",
      "localhost:1",
      "user@x",
      "x/y",
      "a, b",
    ]
    for (const path of ["/", "/login?next=/chat", "/place", "/api/v1/me", "/events"])
      for (const accept of ["text/html", "application/json"]) {
        const ask = (host: string) =>
          raw(
            proxy.publicUrl,
            `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
          )
        const own = await ask(host)
        expect(own.status, path).toBeOneOf([200, 303, 401])
        for (const other of hosts) {
          const { status, head } = await ask(other)
          // Caddy answers an address of another host itself, with nothing.
          const isEmpty = status === 200 && /content-length: 0/i.test(head)
          expect([path, other, isEmpty || (status >= 400 && status < 500)]).toEqual([path, other, true])
        }
      }
    const { status } = await raw(proxy.publicUrl, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(status).toBe(200)
  })

  test("nobody gets more tries by making up where they come from", async () => {
    const tries = async () => {
      for (let i = 1; i <= 90; i++) {
        const body = new URLSearchParams({ username: "ann", password: `not ${PASSWORD}` })
        const headers = { "x-forwarded-for": `203.0.113.${i}`, accept: "text/html" }
        if ((await visitor(proxy.publicUrl).fetch("/login", { method: "POST", body, headers })).status === 429) return i
      }
      return null
    }
    expect(await tries()).not.toBeNull()
  }, 120_000)

  test("when a process dies, the other answers for it, and it is used again when it is back", async () => {
    for (const [i, port] of ports.entries()) {
      running.get(port)!.kill("SIGKILL")
      await running.get(port)!.exited
      const lost: string[] = []
      const died = performance.now()
      for (let j = 0; j < 10; j++) {
        const nonce = `${name}-${i}-${j}`
        if ((await speakers.form!(ann, "talk", nonce, nonce)).status !== 303) lost.push(nonce)
        expect((await visitor(proxy.publicUrl).fetch("/login")).status).toBe(200)
      }
      const times = 1 + Math.floor((performance.now() - died) / LET_BE_MS)
      expect(lost.length).toBeLessThanOrEqual(mayBeLost * times)
      for (const nonce of lost) expect((await speakers.form!(ann, "talk", nonce, nonce)).status).toBe(303)
      const socket = await openSocket(bob, "/events")
      expect((await socket.frame(({ kind }) => kind === "live")).kind).toBe("live")
      socket.close()
      await startParlour(port)
      await Bun.sleep(LET_BE_MS + LONGER_MS)
    }
    const { messages } = (await (await ann.fetch("/api/v1/rooms/talk/messages")).json()) as {
      messages: { text: string }[]
    }
    const said = messages.map(({ text }) => text).filter((text) => text.startsWith(name))
    expect(said).toHaveLength(20)
    expect(new Set(said).size).toBe(20)
  }, 60_000)

  /** Ends the process for good, and puts another in its place. */
  async function inPlaceOf(port: number, command: string[]): Promise<void> {
    running.get(port)!.kill("SIGKILL")
    await running.get(port)!.exited
    running.set(port, Bun.spawn(command, { ...quietly, env: { PATH: process.env.PATH!, PORT: `${port}` } }))
  }

  if (name === "nginx")
    test("a file that one process does not have, being of another version, is asked of the other", async () => {
      const page = await (await visitor(proxy.publicUrl).fetch("/login")).text()
      const [, style] = page.match(/"(\/assets\/[^"]+\.css)"/)!
      const nothing = "() => new Response('', { status: 404 })"
      const other = `Bun.serve({ hostname: "127.0.0.1", port: process.env.PORT, fetch: ${nothing} })`
      await inPlaceOf(ports[0]!, [process.execPath, "--eval", other])
      const statuses = async (path: string) => {
        const answers: number[] = []
        for (let i = 0; i < 4; i++) answers.push((await visitor(proxy.publicUrl).fetch(path)).status)
        return answers
      }
      await until("the other is asked", async () => (await statuses("/login")).includes(404), 10_000)
      expect(await statuses(style!)).toEqual([200, 200, 200, 200])
      expect(await statuses("/assets/none-0123456789ab.css")).toEqual([404, 404, 404, 404])
    }, 30_000)

  test("when a machine says nothing any more, not even no, the other answers", async () => {
    const deaf = `
      const at = { host: "127.0.0.1", port: Number(process.env.PORT), backlog: 1 }
      require("node:net").createServer().listen(at, () => process.kill(process.pid, "SIGSTOP"))`
    await inPlaceOf(ports[0]!, ["node", "--eval", deaf])
    const knock = () => fetch(`http://127.0.0.1:${ports[0]}`, { signal: AbortSignal.timeout(500) }).catch(String)
    await until("it is there", async () => `${await knock()}`.startsWith("TimeoutError"), 10_000)
    await Promise.all(Array.from({ length: 8 }, knock)) // and now there is no room to wait in
    const ask = () => visitor(proxy.publicUrl).fetch("/login", { signal: AbortSignal.timeout(10_000) })
    const answers = await Promise.allSettled(Array.from({ length: 4 }, ask))
    running.get(ports[0]!)!.kill("SIGKILL") // it would not hear that it is to end
    expect(answers.map(({ value, reason }: { value?: Response; reason?: unknown }) => value?.status ?? reason)).toEqual(
      [200, 200, 200, 200],
    )
  }, 60_000)
})

/** What the environment may say, as `parlour --help` has it. */
const settings = async () =>
  [...(await shipped("server/main.ts")).matchAll(/^ {2}([A-Z_]{4,}) {2}/gm)].map(([, name]) => name)

describe("the image", () => {
  const lines = async () => (await shipped("Dockerfile")).replaceAll("\\\n", "").split("\n")
  const words = async (instruction: string) =>
    (await lines()).filter((line) => line.startsWith(`${instruction} `)).map((line) => line.split(/\s+/).slice(1))
  const copied = async () => (await words("COPY")).filter(([first]) => !first!.startsWith("--"))

  test("has all that Parlour runs on, and knows whether it does", async () => {
    const root = join(folder, "image")
    for (const names of await copied())
      for (const name of names.slice(0, -1))
        await cp(join(ROOT, name), join(root, name), { recursive: true, preserveTimestamps: true })
    // What its bin/setup makes is here already.
    await cp(join(ROOT, "dist"), join(root, "dist"), { recursive: true, preserveTimestamps: true })
    await symlink(join(ROOT, "node_modules"), join(root, "node_modules"))

    const PORT = `${await freePort()}`
    const env = Object.fromEntries((await words("ENV")).flat().map((one) => one.split("=") as [string, string]))
    Object.assign(env, { PATH: "/usr/bin:/bin", PORT, HOST: "127.0.0.1", DATA_DIR: join(root, "data") })
    const inHere = (command: string[]) => command.map((word) => word.replace(/^\/parlour\//, `${root}/`))
    const array = (text: string) => inHere(JSON.parse(text.slice(text.indexOf("["))) as string[])
    const [entry, command, health] = await Promise.all(
      ["ENTRYPOINT", "CMD", "HEALTHCHECK"].map(async (name) =>
        array((await lines()).find((line) => line.startsWith(`${name} `))!),
      ),
    )
    const isHealthy = async () => (await Bun.spawn(health!, { ...quietly, env }).exited) === 0
    const parlour = Bun.spawn([...entry!, ...command!], { ...quietly, env })
    await until("it is healthy", isHealthy, 20_000)
    parlour.kill()
    expect(await parlour.exited).toBe(0)
    expect(await isHealthy()).toBe(false)
  }, 60_000)

  test("is given nothing but what it is made of", async () => {
    const ignored = (await shipped(".dockerignore")).split("\n").filter((line) => line && !line.startsWith("#"))
    expect(ignored[0]).toBe("*")
    const letIn = ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1))
    expect(letIn.sort()).toEqual((await copied()).flatMap((names) => names.slice(0, -1)).sort())
  })

  test("does not run as root", async () => {
    expect((await words("USER")).flat()).toEqual(["10001:10001"])
  })
})

describe("compose.yaml", () => {
  type Service = {
    environment?: Record<string, string>
    networks: string[]
    volumes?: string[]
    depends_on?: Record<string, { condition: string }>
    healthcheck?: object
    build?: string
    image?: string
    command?: string[]
  }
  type Compose = {
    services: Record<string, Service>
    networks: Record<string, { internal?: true; ipam?: { config: { subnet: string }[] } } | null>
    volumes: Record<string, unknown>
  }

  const secrets: Record<string, string> = { POSTGRES_PASSWORD: "f00d", REDIS_PASSWORD: "beef" }
  /** As Compose puts the variables in. */
  const given = (text: string) =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name, kind, rest) => secrets[name] ?? (kind === "-" ? rest : "?"))
  const compose = async () => YAML.parse(given(await shipped("compose.yaml"))) as Compose
  const parlours = ({ services }: Compose) => Object.entries(services).filter(([, { build }]) => build)

  test("sets what Parlour can be set, to what it takes", async () => {
    const all = await compose()
    const known = await settings()
    expect(known).toContain("REDIS_URL")
    expect(parlours(all).map(([name]) => name)).toEqual(["parlour-1", "parlour-2"])
    for (const [, { environment, image }] of parlours(all)) {
      expect(image).toBeUndefined() // built side by side, under one name they would be in each other's way
      for (const name of Object.keys(environment!)) expect(known).toContain(name)
      const config = readConfig(environment!)
      expect(config.publicUrl).toBe("http://localhost")
      expect(config.trustedProxies).toEqual([all.networks.front!.ipam!.config[0]!.subnet])
      expect(config.database).toBe("postgres://parlour:f00d@postgres:5432/parlour")
      expect(config.redis).toBe("redis://:beef@redis:6379")
    }
  })

  test("names only what it has, and what can be reached", async () => {
    const all = await compose()
    for (const { networks, volumes = [], depends_on = {} } of Object.values(all.services)) {
      for (const network of networks) expect(Object.keys(all.networks)).toContain(network)
      for (const volume of volumes) {
        const from = volume.split(":")[0]!
        expect(from.startsWith("./") ? existsSync(join(ROOT, from)) : from in all.volumes).toBe(true)
      }
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(all.services[name]!.networks.some((network) => networks.includes(network))).toBe(true)
        if (condition === "service_healthy" && !all.services[name]!.build)
          expect(all.services[name]!.healthcheck).toBeDefined()
      }
    }
    const caddys = all.services.caddy!.environment!.PARLOUR!.split(" ")
    expect(caddys).toEqual(parlours(all).map(([name]) => `${name}:3000`))
    expect(all.services.postgres!.networks).toEqual(["inside"])
    expect(all.services.redis!.networks).toEqual(["inside"])
    expect(all.networks.inside).toEqual({ internal: true })
  })

  test("keeps Redis behind its password", async () => {
    const port = await freePort()
    const script = (await compose()).services.redis!.command![0]!.replaceAll("$$", "$")
    const here = script.replace("requirepass", `port ${port}\nbind 127.0.0.1\nrequirepass`)
    const env = { PATH: `${dirname(provide(redis))}:/usr/bin:/bin`, REDIS_PASSWORD: secrets.REDIS_PASSWORD! }
    const server = Bun.spawn(["sh", "-c", here], { ...quietly, cwd: folder, env })
    const ping = async (who: string) => {
      const client = new RedisClient(`redis://${who}127.0.0.1:${port}`, { autoReconnect: false })
      const answer = await client.send("PING", []).catch(({ message }: Error) => message)
      client.close()
      return answer as unknown
    }
    await until("Redis answers", async () => (await ping(":beef@")) === "PONG")
    expect(await ping("")).toContain("NOAUTH")
    server.kill()
    await server.exited
  })
})

describe("the Helm chart", () => {
  const CHART = "deploy/helm/parlour"
  const templates = async () =>
    (
      await Promise.all(
        (await readdir(join(ROOT, CHART, "templates"))).map((file) => shipped(`${CHART}/templates/${file}`)),
      )
    ).join("\n")
  const values = async () => YAML.parse(await shipped(`${CHART}/values.yaml`)) as Record<string, unknown>
  const at = (tree: unknown, path: string[]) =>
    path.reduce<unknown>((here, name) => (here as Record<string, unknown> | undefined)?.[name], tree)

  test("uses each value that there is, and no other, and the schema knows them all", async () => {
    const used = new Set([...(await templates()).matchAll(/\.Values\.([\w.]+)/g)].map(([, path]) => path!))
    const schema = JSON.parse(await shipped(`${CHART}/values.schema.json`))
    const leaves = (tree: unknown, path: string[] = []): string[] =>
      Object.entries(tree as object).flatMap(([name, value]) => {
        const here = [...path, name]
        const hasMore = at(schema, here.flatMap((one) => ["properties", one]).concat("properties")) !== undefined
        return hasMore ? leaves(value, here) : [here.join(".")]
      })
    expect([...used].sort()).toEqual(leaves(await values()).sort())
    for (const path of used)
      expect(
        at(
          schema,
          path.split(".").flatMap((one) => ["properties", one]),
        ),
      ).toBeDefined()
  })

  test("includes what is defined, and sets what Parlour can be set", async () => {
    const text = await templates()
    const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!)
    const defined = named(/define "([^"]+)"/g)
    expect(new Set(named(/include "([^"]+)"/g))).toEqual(new Set(defined))
    const known = await settings()
    const set = named(/(?:- name|key): ([A-Z_]+)$/gm)
    expect(set).toContain("DATABASE_URL")
    for (const name of set) expect(known).toContain(name)
  })

  test("asks a process whether it is ready where a process says so", async () => {
    const [, path] = (await templates()).match(/readinessProbe:\s+httpGet:\s+path: (\S+)/)!
    await mkdir(join(folder, "ready"))
    const app = await createApp(readConfig({ DATA_DIR: join(folder, "ready"), PORT: "0" }))
    const serving = await serve(app)
    const { status } = (await (await fetch(serving.url + path)).json()) as { status: string }
    expect(status).toBe("fine")
    await serving.stop()
    await app.close()
  })

  test("asks, in the image, what is in the image", async () => {
    const [bun] = (await templates()).match(/\/parlour\/\S*bun\S*/)!
    expect(await shipped("Dockerfile")).toContain(`"${bun}"`)
    expect(existsSync(bun.replace("/parlour", ROOT))).toBe(true)
    const [, user] = (await templates()).match(/runAsUser: (\d+)/)!
    expect(await shipped("Dockerfile")).toContain(`USER ${user}:${user}`)
  })
})

describe("a backup as docs/self-hosting.md makes it, while people speak,", () => {
  async function open(environment: Record<string, string>) {
    const app = await createApp(readConfig({ PORT: "0", LIMITS: "off", ...environment }))
    const serving = await serve(app)
    return {
      url: serving.url,
      async close() {
        await serving.stop()
        await app.close()
      },
    }
  }
  const heard = async (who: Visitor, after = "") =>
    (await (await who.fetch(`/events?wait=0.05&after=${after}`)).json()) as { cursor: string; reset?: true }
  const say = async (who: Visitor, text: string) => expect((await speakers.json!(who, "talk", text)).status).toBe(201)
  const texts = async (who: Visitor) => {
    const { messages } = (await (await who.fetch("/api/v1/rooms/talk/messages")).json()) as {
      messages: { text: string }[]
    }
    return messages.map(({ text }) => text)
  }

  type Backup = { copy(): Promise<unknown>; restore?(): Promise<unknown> }

  /** Speaks, copies and goes on speaking; puts the copy back, and sees who is told so. */
  async function isOne(here: Record<string, string>, { copy, restore }: Backup, there: Record<string, string>) {
    const place = await open(here)
    const ann = await register(place.url, "ann")
    await say(ann, "before")
    const known = await heard(ann)
    const [, ...spoken] = await Promise.all([
      copy(),
      ...Array.from({ length: 20 }, (_, i) => say(ann, `meanwhile ${i}`)),
    ])
    await say(ann, "afterwards")
    const more = await heard(ann)
    await place.close()
    expect(spoken).toHaveLength(20)
    await restore?.()

    const again = await open(there)
    const back = visitor(again.url, ann.cookie) // still signed in
    const kept = await texts(back)
    expect(kept[0]).toBe("before")
    expect(kept).not.toContain("afterwards")
    for (let i = 0; i < 30; i++) await say(back, `instead ${i}`) // the clock shows more than it did then
    expect((await heard(back, known.cursor)).reset).toBeUndefined()
    expect((await heard(back, more.cursor)).reset).toBe(true)
    await again.close()
  }

  test("of SQLite, is whole, and whoever had heard more is told", async () => {
    const [here, there] = [join(folder, "here"), join(folder, "there")]
    for (const one of [here, there]) await mkdir(one)
    const copy = async () => {
      const database = new Database(join(here, "parlour.db"), { readonly: true })
      database.run(`vacuum into '${join(there, "parlour.db")}'`)
      database.close()
    }
    await isOne({ DATA_DIR: here }, { copy }, { DATA_DIR: there })
  })

  test.each(["a new database", "the one that was there"])(
    "of Postgres, put back into %s, is whole, and whoever had heard more is told",
    async (where) => {
      const own = await mkdtemp(join(tmpdir(), "parlour-deploy-"))
      const program = provide(postgres)
      const server = await startPostgres(program, own)
      const quietly = { stdout: "ignore", stderr: "ignore", cwd: own } as const
      const here = (await freshDatabase(server.url)).url
      const there = where === "a new database" ? (await freshDatabase(server.url)).url : here
      const run = async (name: string, ...args: string[]) =>
        expect(await Bun.spawn([join(dirname(realpathSync(program)), name), ...args], quietly).exited).toBe(0)
      const into = [`--dbname=${there}`, ...(there === here ? ["--clean"] : [])]
      const DATA_DIR = join(own, "data")
      const backup = {
        copy: () => run("pg_dump", "--format=custom", `--file=${own}/parlour.dump`, here),
        restore: () => run("pg_restore", "--exit-on-error", "--no-owner", ...into, `${own}/parlour.dump`),
      }
      try {
        await isOne({ DATA_DIR, DATABASE_URL: here }, backup, { DATA_DIR, DATABASE_URL: there })
      } finally {
        server.stop()
        await rm(own, { recursive: true, force: true })
      }
    },
    60_000,
  )
})
