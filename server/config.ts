// The settings, all from the environment, none of them needed. What cannot be meant is refused at the start, in one
// sentence, rather than half obeyed.
import { isIP } from "node:net"
import { join, resolve } from "node:path"
import * as v from "valibot"
import { parseAddress } from "../protocol/address.ts"
import type { Registration } from "../protocol/command.ts"
import { isPostgres } from "./db/sql.ts"

export type Config = {
  port: number
  host: string
  /** The folder of everything Parlour keeps. */
  dataDir: string
  /** The SQLite file, or the address of the Postgres database. */
  database: string
  /** The address of the Redis by which processes on one Postgres tell each other; null when there is none. */
  redis: string | null
  /** Scheme, host and port as people reach Parlour, without a slash at the end; null when nobody said. */
  publicUrl: string | null
  /** Addresses, and blocks of them, of proxies that are believed when they say for whom they ask. */
  trustedProxies: readonly string[]
  /** Set by the environment, or null when the owner decides in the settings. */
  registration: Registration | null
  /** What lets a machine read the metrics; null when only the owner may. */
  metricsToken: string | null
  /** False only for measuring. */
  limits: boolean
}

/** Characters of a token that nobody guesses. */
const LEAST_TOKEN = 16

const wholeNumber = (name: string, least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, `${name} is a whole number from ${least} to ${most}.`),
    v.transform(Number),
    v.check((value) => value >= least && value <= most, `${name} is a whole number from ${least} to ${most}.`),
  )

const settings = v.object({
  PORT: v.optional(wholeNumber("PORT", 0, 65_535), "3000"),
  HOST: v.optional(v.string(), "127.0.0.1"),
  DATA_DIR: v.optional(v.string(), join(import.meta.dirname, "../data")),
  DATABASE_URL: v.optional(v.string()),
  REDIS_URL: v.optional(v.string()),
  PUBLIC_URL: v.optional(v.string()),
  TRUSTED_PROXIES: v.optional(v.string()),
  REGISTRATION: v.optional(v.picklist(["open", "invite", "closed"], "REGISTRATION is open, invite or closed.")),
  METRICS_TOKEN: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\x21-\x7e]+$/, "METRICS_TOKEN has only letters, digits and signs, and no blanks."),
      v.minLength(
        LEAST_TOKEN,
        `METRICS_TOKEN has at least ${LEAST_TOKEN} characters: make one by openssl rand -hex 24.`,
      ),
    ),
  ),
  LIMITS: v.optional(v.picklist(["on", "off"], "LIMITS is on or off.")),
})

/** Throws an Error whose message is one sentence for whoever started Parlour. An empty setting counts as none. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const result = v.safeParse(settings, given)
  if (!result.success) throw new Error(result.issues[0].message)
  const {
    PORT,
    HOST,
    DATA_DIR,
    DATABASE_URL,
    REDIS_URL,
    PUBLIC_URL,
    TRUSTED_PROXIES,
    REGISTRATION,
    METRICS_TOKEN,
    LIMITS,
  } = result.output
  const dataDir = resolve(DATA_DIR)
  const publicUrl = PUBLIC_URL === undefined ? null : originOf(PUBLIC_URL)
  if (LIMITS === "off" && publicUrl)
    throw new Error("LIMITS=off is for measuring only and goes with no PUBLIC_URL: leave one of them out.")
  const host = HOST.trim().replace(/^\[(.*)\]$/, "$1") // as it stands in an address
  if (LIMITS === "off" && !isClosed(host))
    throw new Error(
      `LIMITS=off is for measuring only, on this machine: with HOST ${host} others could come, too. Leave one of them out.`,
    )
  const database = databaseOf(DATABASE_URL, dataDir)
  if (REDIS_URL && !isPostgres(database))
    throw new Error("REDIS_URL is for several processes on one Postgres: name that in DATABASE_URL, or leave both out.")
  return {
    port: PORT,
    host,
    dataDir,
    database,
    redis: REDIS_URL === undefined ? null : redisOf(REDIS_URL),
    publicUrl,
    trustedProxies: proxiesOf(TRUSTED_PROXIES, publicUrl),
    registration: REGISTRATION ?? null,
    metricsToken: METRICS_TOKEN ?? null,
    limits: LIMITS !== "off",
  }
}

/** Whether nobody but this machine reaches what listens there; or what stands on its networks for measuring (RFC 2544). */
export const isClosed = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && /^(127\.|198\.1[89]\.)/.test(host))

/** A proxy on this machine, where there is to be one. */
const LOOPBACK = ["127.0.0.0/8", "::1"]

function proxiesOf(given: string | undefined, publicUrl: string | null): string[] {
  if (given === undefined) return publicUrl === null ? [] : LOOPBACK
  if (given.trim() === "none") return []
  const all = given.split(/[\s,]+/).filter(Boolean)
  for (const one of all) {
    const [address = "", bits, ...more] = one.split("/")
    const version = isIP(address)
    const isBlock = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
    if (version === 0 || address.includes("%") || more.length > 0 || !isBlock)
      throw new Error(
        `TRUSTED_PROXIES has the addresses of proxies or blocks of them, with commas between, as in 127.0.0.1, 10.1.0.0/16, or "none": "${one}" is not one.`,
      )
  }
  return all
}

/** How names end that the internet does not have. */
const OF_A_NETWORK = /\.(localhost|local|lan|internal|intranet|home|home\.arpa|test|invalid)$/

/** What only this machine reaches. */
const IS_LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/

/** What may be meant, and is better known: a sentence each, for the log of the start. */
export function warningsAbout({ publicUrl, redis }: Config): string[] {
  const url = publicUrl === null ? null : parseAddress(publicUrl)
  const isPublic =
    url?.protocol === "http:" &&
    isIP(url.hostname.replace(/^\[|\]$/g, "")) === 0 &&
    /\./.test(url.hostname) &&
    !OF_A_NETWORK.test(url.hostname)
  const bus = redis === null ? null : parseAddress(redis)
  const isOpenRedis = bus !== null && bus.password === "" && !IS_LOOPBACK.test(bus.hostname)
  return [
    ...(isPublic
      ? [
          `PUBLIC_URL is ${publicUrl}: without https whoever is on the way can read along, and sign in as anyone who did.`,
        ]
      : []),
    ...(isOpenRedis
      ? [`REDIS_URL has no password: whoever reaches that Redis can say anything in anyone's name.`]
      : []),
  ]
}

/** The address of what listens there, as one opens it on this machine. */
export function localAddress(host: string, port: number): string {
  const everywhere = host === "0.0.0.0" || host === "::"
  return `http://${everywhere ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`
}

function originOf(url: string): string {
  const parsed = parseAddress(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol) || `${parsed.origin}/` !== parsed.href)
    throw new Error(
      `PUBLIC_URL is the address people type, such as https://chat.example.org, without a path: "${url}" is not.`,
    )
  return parsed.origin
}

function databaseOf(url: string | undefined, dataDir: string): string {
  if (url === undefined) return join(dataDir, "parlour.db")
  if (/^postgres(ql)?:/.test(url)) return postgresOf(url)
  const [, file] = url.match(/^sqlite:(?:\/\/)?(.*[^/])$/s) ?? []
  if (file === undefined)
    throw new Error('DATABASE_URL is "sqlite:" and a file, or the address of a Postgres database, or left out.')
  return resolve(file)
}

function postgresOf(url: string): string {
  if (!/^\/[^/@]+$/.test(serverAt(url)?.pathname ?? ""))
    throw new Error(
      "DATABASE_URL names a Postgres database as in postgres://user:password@host:5432/name, percent-encoded where need be (a % as %25).",
    )
  return url.replace(/^postgresql:/, "postgres:")
}

function redisOf(url: string): string {
  const { protocol = "", pathname = "" } = serverAt(url) ?? {}
  if (!/^rediss?:$/.test(protocol) || !/^\/?\d*$/.test(pathname))
    throw new Error(
      "REDIS_URL is an address such as redis://user:password@host:6379, or rediss:// for TLS, and /1 behind it for another database than 0, percent-encoded where need be (a % as %25).",
    )
  return url
}

/** Null for what names no server. Of a password that is not encoded a part may stand anywhere in it; and who uses such an
 *  address later would show it when it fails. */
function serverAt(url: string): URL | null {
  const parsed = parseAddress(url)
  if (!parsed?.hostname || parsed.port === "0" || parsed.hash) return null
  try {
    decodeURIComponent(parsed.username + parsed.password + parsed.hostname + parsed.pathname)
    return parsed
  } catch {
    return null
  }
}
