// The way to Redis, as it can be in the world: with passwords, over TLS, deaf, and too slow for what is said. What goes wrong is
// said once, in a sentence, and no password is in it; a place goes on whatever it is.

import { beforeAll, describe, expect, test } from "bun:test"
import { spawnSync } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { connect, createServer, type Server } from "node:net"
import { join } from "node:path"
import { RedisClient } from "bun"
import { openssl, provide } from "../../bin/needs.ts"
import { type App, createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { perform } from "../../server/perform.ts"
import { freePort } from "../port.ts"
import { freshDatabase } from "../postgres.ts"
import { standingPostgres, standingRedis } from "../standing.ts"
import { logged, PARLOUR, type SignedIn, settle, until } from "../world.ts"

const SECRET = "p@ss:word/%"

const database = standingPostgres()
const bus = standingRedis()
let port: number

beforeAll(async () => {
  port = Number(new URL(bus.url).port)
  await bus.say(
    "ACL",
    "SETUSER",
    "ann",
    "on",
    `>${SECRET}`,
    "resetchannels",
    "&parlour*",
    "-@all",
    "+publish",
    "+subscribe",
  )
  await bus.say("ACL", "SETUSER", "ann", "+hello", "+select", "+ping")
  await bus.say("ACL", "SETUSER", "bob", "on", `>${SECRET}`, "resetchannels", "&elsewhere*", "+@all")
})

const address = (user: string, password: string, rest = "", at = port) =>
  `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${at}${rest}`

type Place = AsyncDisposable & { apps: App[]; ann: SignedIn; url: string }

/** So many processes that speak over that Redis. */
async function open(count: number, REDIS_URL: string): Promise<Place> {
  const { url, drop } = await freshDatabase(database.url)
  const config = readConfig({ DATA_DIR: bus.folder, LIMITS: "off", DATABASE_URL: url, REDIS_URL })
  const apps: App[] = []
  for (let i = 0; i < count; i++) apps.push(await createApp(config))
  return {
    apps,
    url,
    ann: await settle(apps[0]!, "ann"),
    async [Symbol.asyncDispose]() {
      for (const app of apps) await app.close()
      await drop()
    },
  }
}

/** Redis is set so until the block ends. Who is connected already stays let in, whatever the password becomes. */
async function setting(name: string, value: string): Promise<AsyncDisposable> {
  const operator = new RedisClient(bus.url, { autoReconnect: false })
  const before = (await operator.send("CONFIG", ["GET", name])) as Record<string, string>
  await operator.send("CONFIG", ["SET", name, value])
  return {
    async [Symbol.asyncDispose]() {
      await operator.send("CONFIG", ["SET", name, before[name]!])
      operator.close()
    },
  }
}

const alive = (place: Place) => () => place.apps.every(({ bus }) => bus.alive)
const say = (place: Place, text: string) => perform(place.apps[0]!, place.ann, { type: "post", room: "talk", text })

describe("Redis is heard", () => {
  test.each([
    ["as a user who may do nothing but that", () => address("ann", SECRET)],
    ["whatever database is named", () => address("ann", SECRET, "/2")],
  ])("%s", async (_, url) => {
    const said = await logged(async () => {
      await using place = await open(2, url())
      await until("both hear", alive(place))
      await say(place, "hello")
      const { hub } = place.apps[1]!
      await until("the other has it", () => hub.tick === place.apps[0]!.hub.tick)
      expect(hub.counts).toMatchObject({ repaired: 0, gaps: 0 }) // by Redis, and not from the database
    })
    expect(said).toEqual([])
  })
})

test("why Redis cannot be used is said once by each process, without a password, and all goes on", async () => {
  const wrong = "does not take the user and the password in REDIS_URL"
  const cases: [what: string, url: string, why: string][] = [
    ["a wrong password", address("ann", `${SECRET}x`), wrong],
    ["a user who is not there", address("eve", SECRET), wrong],
    ["a user who may not", address("bob", SECRET), "does not let the user in REDIS_URL publish and subscribe on"],
    ["a database that is not there", address("ann", SECRET, "/99"), "declines: ERR DB index is out of range"],
    ["nobody there", address("ann", SECRET, "", 1), "cannot be reached at the address in REDIS_URL (ECONNREFUSED)"],
    ["no TLS there", address("ann", SECRET).replace("redis:", "rediss:"), "does not answer over TLS"],
  ]
  const { url, drop } = await freshDatabase(database.url)
  const said = await logged(async (lines) => {
    const setting = { DATA_DIR: bus.folder, LIMITS: "off", DATABASE_URL: url }
    const apps = await Promise.all(cases.map(([, REDIS_URL]) => createApp(readConfig({ ...setting, REDIS_URL }))))
    const ann = await settle(apps[0]!, "ann")
    await until("each has said it", () => lines.length >= cases.length)
    await Bun.sleep(700) // it is tried again and again
    for (const app of apps) {
      await perform(app, ann, { type: "post", room: "talk", text: "all the same" })
      expect((await app.checkup.of(app)).status).toBe("degraded")
    }
    for (const app of apps) await app.close()
  })
  const later = ". What is said in other processes comes a little later until all is well again."
  expect(said.filter((line) => !line.endsWith(later))).toEqual([])
  expect(said.filter((line) => [SECRET, encodeURIComponent(SECRET)].some((one) => line.includes(one)))).toEqual([])
  const reasons = said.map((line) => cases.find(([, , why]) => line.startsWith(`Redis ${why}`))?.[2] ?? line)
  expect(reasons.sort()).toEqual(cases.map(([, , why]) => why).sort())
  await drop()
}, 20_000)

test("a Redis that wants a password where none is given says so", async () => {
  await using _password = await setting("requirepass", SECRET)
  const said = await logged(async () => {
    await using _place = await open(1, bus.url)
    await Bun.sleep(500)
  })
  expect(said).toHaveLength(1)
  expect(said[0]).toStartWith("Redis wants a password, and REDIS_URL has none. ")
})

/** Before Redis, and can keep from those who subscribed what they are sent, although their connection stands. */
async function deafening(): Promise<{ url: string; deaf: boolean; server: Server }> {
  const server = createServer((client) => {
    const redis = connect(port, "127.0.0.1")
    client.pipe(redis)
    redis.on("data", (bytes) => {
      if (!proxy.deaf || !bytes.includes("message\r\n")) client.write(bytes)
    })
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const)
      one.on("error", () => {}).on("close", () => other.destroy())
  })
  const own = await freePort()
  server.listen(own, "127.0.0.1")
  const proxy = { url: `redis://127.0.0.1:${own}`, deaf: false, server }
  return proxy
}

test("a subscription that is deaf is told from one that hears, within seconds, although its connection stands", async () => {
  const proxy = await deafening()
  const said = await logged(async () => {
    await using place = await open(1, proxy.url)
    const [app] = place.apps as [App]
    const health = async () => (await app.checkup.of(app)).bus
    const metric = async (name: string) =>
      (await app.metrics.of(app)).find((family) => family.name === name)!.samples[0]!.value
    await until("it hears", alive(place))
    expect([await health(), await metric("parlour_bus_alive")]).toEqual(["alive", 1])
    expect(await metric("parlour_bus_heard_seconds")).toBeLessThan(2.5)
    proxy.deaf = true
    await until("it is known to be deaf", async () => (await health()) === "dead", 4_000)
    expect(await metric("parlour_bus_alive")).toBe(0)
    expect(await metric("parlour_bus_heard_seconds")).toBeGreaterThan(2)
    proxy.deaf = false
    await until("it hears again", async () => (await health()) === "alive", 5_000)
  })
  expect(said).toEqual([expect.stringContaining("has cut the connection, or carries nothing"), "Redis is there again."])
  proxy.server.close()
}, 20_000)

test("a subscriber that Redis lets go, because more waits for it than it may, comes back and misses nothing", async () => {
  await using _limit = await setting("client-output-buffer-limit", "pubsub 64kb 64kb 1")
  await using place = await open(2, bus.url)
  await until("both hear", alive(place))
  const subscribers = async () => `${await bus.say("CLIENT", "LIST", "TYPE", "pubsub")}`.match(/\bid=\d+/g)
  const before = await subscribers()
  expect(before).toHaveLength(2)
  const channel = `parlour ${place.apps[0]!.db.epochs.at(-1)!.name}`
  const flood = `const c = new Bun.RedisClient("${bus.url}"); for (let i = 0; i < 40; i++) await c.publish("${channel}", "x".repeat(1e6)); c.close()`
  const said = await logged(async (lines) => {
    const flooding = Bun.spawn([process.execPath, "--eval", flood])
    Bun.sleepSync(1_000) // nobody here takes any of it
    await flooding.exited
    await say(place, "through the flood")
    const [one, other] = place.apps.map(({ hub }) => hub) as [App["hub"], App["hub"]]
    await until("the other has it", () => other.tick === one.tick)
    await until("both hear again", () => lines.filter((line) => line === "Redis is there again.").length === 2)
  })
  const after = await subscribers()
  expect(after).toHaveLength(2)
  expect(after!.filter((id) => before!.includes(id))).toEqual([])
  expect(said).toHaveLength(4)
}, 30_000)

test("what the command line does is heard at once by who runs, and not when they look next", async () => {
  await using place = await open(1, bus.url)
  const [app] = place.apps as [App]
  await until("it hears", alive(place))
  const env = {
    PATH: process.env.PATH!,
    DATA_DIR: join(bus.folder, "command"),
    DATABASE_URL: place.url,
    REDIS_URL: bus.url,
  }
  const lines = ["one", "two", "three"].map((text, i) =>
    JSON.stringify({ room: "old", author: "eve", at: 1_570_472_456_000 + i, text }),
  )
  const before = { ...app.hub.counts }
  const command = Bun.spawn([...PARLOUR, "import", "-"], {
    env,
    stdin: new Blob([lines.join("\n")]),
    stdout: "ignore",
    stderr: "inherit",
  })
  expect(await command.exited).toBe(0)
  const [clock] = await app.db.sql<{ tick: number }>`select tick from clock`
  await until("all is told", () => app.hub.tick === clock!.tick)
  expect(app.hub.counts.told - before.told).toBeGreaterThan(3)
  expect(app.hub.counts.repaired).toBe(before.repaired)
}, 30_000)

describe("over TLS", () => {
  let secure: number

  beforeAll(async () => {
    const file = (name: string) => join(bus.folder, name)
    const run = (...words: string[]) => {
      const { status, stderr } = spawnSync(provide(openssl), words, { encoding: "utf8" })
      if (status !== 0) throw new Error(`openssl ${words[0]} failed: ${stderr}`)
    }
    const key = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", file(`${name}.key`)]
    run("req", "-x509", ...key("authority"), "-days", "2", "-subj", "/CN=tests", "-out", file("authority.crt"))
    run("req", ...key("redis"), "-subj", "/CN=redis", "-out", file("redis.csr"))
    await writeFile(file("names"), "subjectAltName=IP:127.0.0.1")
    const by = ["-CA", file("authority.crt"), "-CAkey", file("authority.key"), "-CAcreateserial"]
    run(
      "x509",
      "-req",
      "-in",
      file("redis.csr"),
      ...by,
      "-days",
      "2",
      "-extfile",
      file("names"),
      "-out",
      file("redis.crt"),
    )
    secure = await freePort()
    for (const [setting, value] of [
      ["tls-auth-clients", "no"],
      ["tls-cert-file", file("redis.crt")],
      ["tls-key-file", file("redis.key")],
      ["tls-ca-cert-file", file("authority.crt")],
      ["tls-port", `${secure}`],
    ] as const)
      await bus.say("CONFIG", "SET", setting, value)
  }, 30_000)

  const url = (host = "127.0.0.1") => `rediss://ann:${encodeURIComponent(SECRET)}@${host}:${secure}`

  /** A Parlour that knows our authority, and what it says of its health. */
  async function parlour(REDIS_URL: string) {
    const { url, drop } = await freshDatabase(database.url)
    const at = await freePort()
    const env = {
      PATH: process.env.PATH!,
      PORT: `${at}`,
      DATA_DIR: join(bus.folder, `at-${at}`),
      DATABASE_URL: url,
      REDIS_URL,
      NODE_EXTRA_CA_CERTS: join(bus.folder, "authority.crt"),
    }
    const child = Bun.spawn([...PARLOUR, "start"], { env, stdout: "ignore", stderr: "pipe" })
    const said = new Response(child.stderr).text()
    const health = () =>
      fetch(`http://127.0.0.1:${at}/health`).then(
        (answer) => answer.json() as Promise<{ bus: string }>,
        () => null,
      )
    await until("it serves", async () => (await health()) !== null, 20_000)
    return {
      health,
      async end() {
        child.kill()
        await child.exited
        await drop()
        return await said
      },
    }
  }

  test("Redis is heard, if its certificate is of an authority that this machine knows", async () => {
    const place = await parlour(url())
    await until("it hears", async () => (await place.health())?.bus === "alive")
    expect(await place.end()).toBe("")
  }, 30_000)

  test("a certificate for another name is refused, and so is one of nobody we know", async () => {
    const place = await parlour(url("localhost"))
    await Bun.sleep(600) // it is tried again
    expect((await place.health())?.bus).toBe("dead")
    const [said, ...more] = (await place.end()).trimEnd().split("\n")
    expect(said).toStartWith("Redis cannot be trusted: its certificate is none for that name that this machine knows (")
    expect(more).toEqual([])
    const here = await logged(async () => {
      await using place = await open(1, url())
      await Bun.sleep(500)
      expect(place.apps[0]!.bus.alive).toBe(false)
    })
    expect(here).toHaveLength(1)
    expect(here[0]).toStartWith("Redis cannot be trusted: ")
  }, 30_000)
})
