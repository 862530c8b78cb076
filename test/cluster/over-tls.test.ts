// The way to Postgres over TLS, by each word for it: which certificates are believed, and by whom.
import { beforeAll, expect, test } from "bun:test"
import { spawnSync } from "node:child_process"
import { chmod, chown, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openssl, provide } from "../../bin/needs.ts"
import { createApp } from "../../server/app.ts"
import { readConfig } from "../../server/config.ts"
import { freePort } from "../port.ts"
import { ask, freshDatabase } from "../postgres.ts"
import { standingPostgres } from "../standing.ts"
import { until } from "../world.ts"

const ROOT = join(import.meta.dirname, "../..")
const PARLOUR = [process.execPath, `--tsconfig-override=${join(ROOT, "tsconfig.json")}`, join(ROOT, "server/main.ts")]

const database = standingPostgres()

const file = (name: string) => join(database.folder, name)
const server = (name: string) => join(database.folder, "postgres", name)

function run(...words: string[]): void {
  const { status, stderr } = spawnSync(provide(openssl), words, { encoding: "utf8" })
  if (status !== 0) throw new Error(`openssl ${words[0]} failed: ${stderr}`)
}

beforeAll(async () => {
  const key = (path: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", path]
  run("req", "-x509", ...key(file("authority.key")), "-days", "2", "-subj", "/CN=tests", "-out", file("authority.crt"))
  run("req", ...key(server("server.key")), "-subj", "/CN=postgres", "-out", file("server.csr"))
  await writeFile(file("names"), "subjectAltName=IP:127.0.0.1")
  const by = ["-CA", file("authority.crt"), "-CAkey", file("authority.key"), "-CAcreateserial", "-days", "2"]
  run("x509", "-req", "-in", file("server.csr"), ...by, "-extfile", file("names"), "-out", server("server.crt"))
  const { uid, gid } = await stat(server("PG_VERSION"))
  for (const name of ["server.key", "server.crt"]) {
    await chown(server(name), uid, gid)
    await chmod(server(name), 0o600)
  }
  await ask(`${database.url}/postgres`, "alter system set ssl = on")
  await ask(`${database.url}/postgres`, "select pg_reload_conf()")
  await until(
    "it speaks TLS",
    async () => {
      const [row] = await ask(`${database.url}/postgres?sslmode=require`, "select 1 as one").catch(() => [])
      return row?.one === 1
    },
    10_000,
  )
}, 60_000)

const believed = () => `sslmode=verify-full&sslrootcert=${file("authority.crt")}`

type At = { query: string; host?: string }

/** A place of its own, and its address over TLS. */
async function fresh({ query, host = "127.0.0.1" }: At) {
  const { url } = await freshDatabase(database.url)
  return { url, secure: `${url.replace("127.0.0.1", host)}?${query}` }
}

/** Whether each of those who are at that database came over TLS, but for who asks. */
async function allOverTls(url: string): Promise<unknown> {
  const which = "datname = current_database() and pid <> pg_backend_pid() and client_addr is not null"
  const [row] = await ask(
    url,
    `select bool_and(ssl) as all from pg_stat_ssl join pg_stat_activity using (pid) where ${which}`,
  )
  return row!.all
}

test.each([
  ["that is of our authority, when the address names its file", believed],
  ["whoever made it, when TLS is only required", () => "sslmode=require"],
])("a certificate is taken %s", async (_, query) => {
  const { url, secure } = await fresh({ query: query() })
  const app = await createApp(readConfig({ DATA_DIR: database.folder, DATABASE_URL: secure }))
  expect(await allOverTls(url)).toBe(true)
  await app.close()
})

test("a certificate is taken that is of an authority which the process was told of", async () => {
  const { url, secure } = await fresh({ query: "sslmode=verify-full" })
  const PORT = `${await freePort()}`
  const told = { NODE_EXTRA_CA_CERTS: file("authority.crt"), DATABASE_URL: secure, DATA_DIR: database.folder }
  const child = Bun.spawn([...PARLOUR, "start"], { env: { PATH: process.env.PATH!, PORT, ...told }, stdout: "ignore" })
  const health = () => fetch(`http://127.0.0.1:${PORT}/health`).catch(() => null)
  await until("it serves", async () => (await health())?.status === 200, 20_000)
  expect(await allOverTls(url)).toBe(true)
  child.kill()
  await child.exited
}, 30_000)

test.each([
  ["of nobody we know", () => ({ query: "sslmode=verify-full" }), "unable to verify the first certificate."],
  [
    "for another name",
    () => ({ query: believed(), host: "localhost" }),
    "Hostname/IP does not match certificate's altnames.",
  ],
])("a certificate %s is declined", async (_, at, why) => {
  const { url, secure } = await fresh(at())
  const opened = createApp(readConfig({ DATA_DIR: database.folder, DATABASE_URL: secure }))
  expect(await opened.then(() => "open", String)).toEndWith(`the database that DATABASE_URL names: ${why}`)
  expect(await allOverTls(url)).toBeNull() // nobody came in
})
