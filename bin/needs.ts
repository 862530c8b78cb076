// What the tests need besides npm's packages: how to find it, and what it is called where it can be installed.
// Read by Bun (bin/test) and by Node (playwright.config.ts).
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"

export type Need = {
  name: string
  /** The variable that says where it is, when it is elsewhere. */
  variable: string
  commands: string[]
  apt: string[]
}

export const chromium: Need = {
  name: "Chromium",
  variable: "CHROMIUM",
  commands: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  apt: ["chromium"],
}

/** The other two engines. WebKit is a driver and a browser that it drives, on a screen that nobody sees. */
export const firefox: Need = {
  name: "Firefox",
  variable: "FIREFOX",
  commands: ["firefox-esr", "firefox"],
  apt: ["firefox-esr"],
}
const webkit = ["webkit2gtk-driver", "xvfb", "dbus"]
export const webkitDriver: Need = {
  name: "WebKit's driver",
  variable: "WEBKIT_DRIVER",
  commands: ["WebKitWebDriver"],
  apt: webkit,
}
export const miniBrowser: Need = {
  name: "WebKit",
  variable: "WEBKIT_BROWSER",
  commands: ["MiniBrowser"],
  apt: webkit,
}
export const xvfb: Need = {
  name: "a screen for WebKit",
  variable: "XVFB",
  commands: ["Xvfb"],
  apt: webkit,
}
export const dbus: Need = {
  name: "a message bus for WebKit",
  variable: "DBUS_RUN_SESSION",
  commands: ["dbus-run-session"],
  apt: webkit,
}

/** What pages are looked at in: a face made for interfaces, and those of scripts that it lacks. Debian's own choice, where no
 *  other is installed, has none of them, and hides what people see elsewhere. By family, and where it comes from. */
const fonts: Record<string, string> = {
  Inter: "fonts-inter",
  "Noto Sans": "fonts-noto-core",
  "Noto Sans Thai": "fonts-noto-core",
  "Noto Sans CJK SC": "fonts-noto-cjk",
  "Noto Color Emoji": "fonts-noto-color-emoji",
}

/** For the disk with a will of its own that the faults are injected by. */
export const compiler: Need = {
  name: "a C compiler",
  variable: "COMPILER",
  commands: ["cc", "gcc", "clang"],
  apt: ["gcc", "libc6-dev"],
}

/** The reverse proxies that Parlour is put behind, and what makes them a certificate. */
export const nginx: Need = {
  name: "nginx",
  variable: "NGINX",
  commands: ["nginx"],
  apt: ["nginx"],
}
export const caddy: Need = {
  name: "Caddy",
  variable: "CADDY",
  commands: ["caddy"],
  apt: ["caddy"],
}
export const openssl: Need = {
  name: "OpenSSL",
  variable: "OPENSSL",
  commands: ["openssl"],
  apt: ["openssl"],
}

/** For the second set-up: the database that many processes share, and what carries events between them. */
export const postgres: Need = {
  name: "Postgres",
  variable: "POSTGRES",
  commands: ["postgres"],
  apt: ["postgresql"],
}
export const redis: Need = {
  name: "Redis",
  variable: "REDIS_SERVER",
  commands: ["redis-server", "valkey-server"],
  apt: ["redis-server"],
}

/** Where Debian keeps what only root has in the path, and what may be there in several versions: the newest first. */
function elsewhere(): string[] {
  const versions = within(VERSIONS).sort((a, b) => Number(b) - Number(a))
  return [
    "/usr/sbin",
    "/usr/local/sbin",
    ...versions.map((version) => join(VERSIONS, version, "bin")),
    ...["/usr/lib", "/usr/libexec", ...within("/usr/lib").map((machine) => join("/usr/lib", machine))].map((folder) =>
      join(folder, "webkit2gtk-4.1"),
    ),
  ]
}

const VERSIONS = "/usr/lib/postgresql"

const within = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

/** The path of the program, or null. */
export function find({ variable, commands }: Need): string | null {
  const given = process.env[variable]
  if (given) return isProgram(given) ? given : null
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...elsewhere()]
  return commands.flatMap((command) => folders.map((folder) => join(folder, command))).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The path of the program, installing it where that is ours to do: as root on Debian and its kin. Throws one sentence. */
export function provide(need: Need): string {
  const { name, variable, apt } = need
  const given = process.env[variable]
  if (given && !isProgram(given)) throw new Error(`${variable} is ${given}, and no program is there.`)
  const found = find(need)
  if (found) return found
  install(name, apt, `install it, or say where it is in ${variable}.`)
  const installed = find(need)
  if (!installed)
    throw new Error(
      `apt-get installed ${apt[0]}, and ${name} is still not to be found: say where it is in ${variable}.`,
    )
  return installed
}

/** Sees to it that pages can be drawn with the fonts that they are looked at in. Throws one sentence. */
export function provideFonts(): void {
  const missing = missingFonts()
  if (missing.length === 0) return
  install(
    `the fonts ${missing.join(", ")}`,
    [...new Set(missing.map((family) => fonts[family]!)), "fontconfig"],
    "install them.",
  )
  const still = missingFonts()
  if (still.length > 0) throw new Error(`apt-get installed fonts, and ${still.join(", ")} are still not to be found.`)
}

function missingFonts(): string[] {
  const { stdout } = spawnSync("fc-list", ["--format", "%{family}\n"], { encoding: "utf8" })
  const there = new Set((stdout ?? "").split(/[\n,]/))
  return Object.keys(fonts).filter((family) => !there.has(family))
}

function install(name: string, packages: string[], otherwise: string): void {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error(`The tests need ${name}: ${otherwise} (Debian: apt install ${packages.join(" ")})`)

  console.log(`Installing ${name} for the tests.`)
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  startingNothing(() => {
    for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
      const { status, stderr } = spawnSync("apt-get", ["--quiet", ...args], { env, encoding: "utf8" })
      if (status !== 0)
        throw new Error(`The tests need ${name}, and apt-get ${args[0]} failed. It said:\n${stderr.trim()}`)
    }
  })
}

const POLICY = "/usr/sbin/policy-rc.d"

/** Debian starts a service that it installs, and the tests need the program alone. This is how it is asked not to. */
function startingNothing(install: () => void): void {
  const isTheirs = existsSync(POLICY)
  if (!isTheirs) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 })
  try {
    install()
  } finally {
    if (!isTheirs) rmSync(POLICY)
  }
}
