import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { localAddress, readConfig, warningsAbout } from "./config.ts"

test("nothing needs to be set", () => {
  expect(readConfig({})).toEqual({
    port: 3000,
    host: "127.0.0.1",
    dataDir: resolve(import.meta.dirname, "../data"), // wherever it is started
    database: resolve(import.meta.dirname, "../data/parlour.db"),
    redis: null,
    publicUrl: null,
    trustedProxies: [],
    registration: null,
    metricsToken: null,
    limits: true,
  })
})

test("everything that is set is obeyed", () => {
  const settings = {
    PORT: "0",
    HOST: "::",
    DATA_DIR: "/srv/parlour",
    DATABASE_URL: "sqlite:/var/other.db",
    PUBLIC_URL: "https://Chat.Example.org:8443/",
    TRUSTED_PROXIES: "10.1.2.0/24, 10.9.9.9 fd00::/8",
    REGISTRATION: "closed",
    METRICS_TOKEN: "0123456789abcdef",
    LIMITS: "on",
  }
  expect(readConfig(settings)).toEqual({
    port: 0,
    host: "::",
    dataDir: "/srv/parlour",
    database: "/var/other.db",
    redis: null,
    publicUrl: "https://chat.example.org:8443",
    trustedProxies: ["10.1.2.0/24", "10.9.9.9", "fd00::/8"],
    registration: "closed",
    metricsToken: "0123456789abcdef",
    limits: true,
  })
  expect(readConfig({ LIMITS: "off" }).limits).toBe(false)
})

test("a Postgres database and a Redis are named by their addresses", () => {
  const settings = {
    DATABASE_URL: "postgresql://ann:pass%20word@db.example.org:5433/talk",
    REDIS_URL: "rediss://:x@r:6380",
  }
  expect(readConfig(settings)).toMatchObject({
    database: "postgres://ann:pass%20word@db.example.org:5433/talk",
    redis: "rediss://:x@r:6380",
  })
  expect(readConfig({ DATABASE_URL: "postgres://db/talk" }).redis).toBeNull()
})

test("with an address for people a proxy on this machine is trusted, unless others are named, or none", () => {
  const PUBLIC_URL = "https://chat.example.org"
  expect(readConfig({ PUBLIC_URL }).trustedProxies).toEqual(["127.0.0.0/8", "::1"])
  expect(readConfig({ PUBLIC_URL, TRUSTED_PROXIES: "10.0.0.2" }).trustedProxies).toEqual(["10.0.0.2"])
  expect(readConfig({ PUBLIC_URL, TRUSTED_PROXIES: "none" }).trustedProxies).toEqual([])
  expect(readConfig({ TRUSTED_PROXIES: "127.0.0.1" }).trustedProxies).toEqual(["127.0.0.1"])
})

test("no limits are for this machine alone", () => {
  for (const HOST of ["0.0.0.0", "::", "[::]", "192.168.1.7", "my-computer.local", "203.0.113.9"])
    expect(() => readConfig({ HOST, LIMITS: "off" })).toThrow(/LIMITS=off is for measuring only/)
  for (const HOST of ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "198.18.0.2"])
    expect(readConfig({ HOST, LIMITS: "off" }).limits).toBe(false)
})

test("an address of IPv6 is taken with its brackets and without", () => {
  for (const HOST of ["::1", "[::1]"]) {
    const { host, port } = readConfig({ HOST })
    expect(localAddress(host, port)).toBe("http://[::1]:3000")
  }
  expect(localAddress(readConfig({ HOST: "[::]" }).host, 3000)).toBe("http://localhost:3000")
})

test("a place is opened at the address that the pages for beginners have", () => {
  const { host, port } = readConfig({})
  for (const page of ["README.md", "CONTRIBUTING.md"]) {
    const addresses = readFileSync(resolve(import.meta.dirname, "..", page), "utf8").match(
      /http:\/\/(localhost|[\d.]+):3000/g,
    )
    expect([page, new Set(addresses)]).toEqual([page, new Set([localAddress(host, port)])])
  }
})

test("what is better known is said at the start, and nothing else", () => {
  const said = (settings: Record<string, string>) => warningsAbout(readConfig(settings)).join("\n")
  const DATABASE_URL = "postgres://db/talk"
  expect(said({ PUBLIC_URL: "http://chat.example.org" })).toMatch(
    /^PUBLIC_URL is http:\/\/chat\.example\.org: without https.*$/,
  )
  expect(said({ DATABASE_URL, REDIS_URL: "redis://10.0.0.7" })).toMatch(/^REDIS_URL has no password:.*$/)
  for (const settings of [
    {},
    { PUBLIC_URL: "https://chat.example.org" },
    { PUBLIC_URL: "http://my-computer.local:3000" },
    { PUBLIC_URL: "http://nas:3000" },
    { PUBLIC_URL: "http://192.168.1.7" },
    { PUBLIC_URL: "http://[fd00::1]" },
    { DATABASE_URL, REDIS_URL: "redis://localhost:6379" },
    { DATABASE_URL, REDIS_URL: "redis://127.0.0.1" },
    { DATABASE_URL, REDIS_URL: "redis://[::1]" },
    { PUBLIC_URL: "http://localhost" },
    { DATABASE_URL, REDIS_URL: "redis://:secret@10.0.0.7" },
  ])
    expect([settings, said(settings)]).toEqual([settings, ""])
})

test("an empty setting counts as none", () => {
  const empty = { PORT: "", HOST: " ", DATA_DIR: "", DATABASE_URL: "", PUBLIC_URL: "", REGISTRATION: "", LIMITS: "" }
  expect(readConfig(empty)).toEqual(readConfig({}))
})

test.each([
  ["sqlite:/var/p.db", "/var/p.db"],
  ["sqlite:///var/p.db", "/var/p.db"],
  ["sqlite:p.db", resolve("p.db")],
  ["sqlite://p.db", resolve("p.db")],
])("DATABASE_URL %s is the file %s", (DATABASE_URL, file) => {
  expect(readConfig({ DATABASE_URL }).database).toBe(file)
})

describe("what cannot be meant is refused in one sentence that names the setting", () => {
  test.each([
    [{ PORT: "x" }, "PORT"],
    [{ PORT: "-1" }, "PORT"],
    [{ PORT: "3000.5" }, "PORT"],
    [{ PORT: "65536" }, "PORT"],
    [{ PORT: "0x10" }, "PORT"],
    [{ PORT: "1e3" }, "PORT"],
    [{ REGISTRATION: "OPEN" }, "REGISTRATION"],
    [{ REGISTRATION: "yes" }, "REGISTRATION"],
    [{ METRICS_TOKEN: "0123456789abcde" }, "METRICS_TOKEN"],
    [{ METRICS_TOKEN: "sixteen letters and blanks" }, "METRICS_TOKEN"],
    [{ LIMITS: "0" }, "LIMITS"],
    [{ LIMITS: "off", PUBLIC_URL: "https://chat.example.org" }, "LIMITS"],
    [{ TRUSTED_PROXIES: "proxy" }, "TRUSTED_PROXIES"],
    [{ TRUSTED_PROXIES: "10.0.0.0/33" }, "TRUSTED_PROXIES"],
    [{ TRUSTED_PROXIES: "10.0.0.0/8/8" }, "TRUSTED_PROXIES"],
    [{ TRUSTED_PROXIES: "10.0.0.0/-1" }, "TRUSTED_PROXIES"],
    [{ TRUSTED_PROXIES: "fd00::/129" }, "TRUSTED_PROXIES"],
    [{ TRUSTED_PROXIES: "*" }, "TRUSTED_PROXIES"],
    [{ PUBLIC_URL: "chat.example.org" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "ftp://chat.example.org" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "https://chat.example.org/parlour" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "https://chat.example.org?x" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "https://chat.example.org#x" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "https://user:secret@chat.example.org" }, "PUBLIC_URL"],
    [{ PUBLIC_URL: "https://" }, "PUBLIC_URL"],
    [{ DATABASE_URL: "postgres://localhost" }, "DATABASE_URL"],
    [{ DATABASE_URL: "postgres:p" }, "DATABASE_URL"],
    [{ DATABASE_URL: "/var/p.db" }, "DATABASE_URL"],
    [{ DATABASE_URL: "sqlite:" }, "DATABASE_URL"],
    [{ DATABASE_URL: "sqlite:///" }, "DATABASE_URL"],
    [{ REDIS_URL: "redis://localhost" }, "DATABASE_URL"],
    [{ REDIS_URL: "localhost:6379", DATABASE_URL: "postgres://localhost/p" }, "REDIS_URL"],
  ])("%j", (settings, named) => {
    expect(() => readConfig(settings)).toThrow(/^[A-Z][^\n]*\.$/)
    expect(() => readConfig(settings)).toThrow(named)
  })

  test.each([
    ["DATABASE_URL", "postgres://ann:sec%ret@db/talk"],
    ["DATABASE_URL", "postgres://ann:sec%ffret@db/talk"],
    ["DATABASE_URL", "postgres://ann%zz:secret@db/talk"],
    ["DATABASE_URL", "postgres://ann:sec/ret@db/talk"],
    ["DATABASE_URL", "postgres://ann:5/secret@db"],
    ["DATABASE_URL", "postgres://ann:5/secret@db/talk"],
    ["DATABASE_URL", "postgres://ann:5#secret@db/talk"],
    ["DATABASE_URL", "postgres://ann:5/ret#secret@db/talk"],
    ["DATABASE_URL", "postgres://ann:secret@db/ta%lk"],
    ["DATABASE_URL", "postgres://ann:secret@db:0/talk"],
    ["REDIS_URL", "redis://ann:sec%ret@r:6379"],
    ["REDIS_URL", "redis://ann%zz:secret@r:6379"],
    ["REDIS_URL", "redis://ann:5#secret@r:6379"],
    ["REDIS_URL", "redis://ann:5/secret@r:6379"],
    ["REDIS_URL", "rediss://ann:secret@r:6379/talk"],
    ["REDIS_URL", "redis://ann:secret@r:6379/1/2"],
    ["REDIS_URL", "redis://ann:secret@r:6379/-1"],
    ["REDIS_URL", "redis://ann:secret@r:0"],
    ["REDIS_URL", "redis:secret@r:6379"],
    ["REDIS_URL", "redis:///0"],
    ["REDIS_URL", "redis://"],
    ["REDIS_URL", "redis+unix:///secret.sock"],
  ])("%s=%s, without the password", (name, url) => {
    const settings = { DATABASE_URL: "postgres://db/talk", [name]: url }
    expect(() => readConfig(settings)).toThrow(new RegExp(`^${name} [^\n]*%25[^\n]*\\.$`))
    expect(() => readConfig(settings)).not.toThrow(/sec|ret\b/)
  })
})

test.each(["redis://r", "redis://r:6380/", "redis://r/15", "rediss://:p%25@[::1]:6379/0", "REDIS://r?x=1"])(
  "%s is the address of a Redis",
  (REDIS_URL) => expect(readConfig({ DATABASE_URL: "postgres://db/talk", REDIS_URL }).redis).toBe(REDIS_URL),
)

test.each([
  ["127.0.0.1", "http://127.0.0.1:80"],
  ["0.0.0.0", "http://localhost:80"],
  ["::", "http://localhost:80"],
  ["::1", "http://[::1]:80"],
])("what listens at %s is opened as %s", (host, address) => expect(localAddress(host, 80)).toBe(address))
