// The units of systemd: that they start what there is, leave it the time that it needs, and nothing that it does not.
import { describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { readConfig } from "../server/config.ts"
import { STOPPING_MS } from "../server/supervisor.ts"

const ROOT = join(import.meta.dirname, "..")
const shipped = (path: string) => readFile(join(ROOT, path), "utf8")

/** What the environment may say, as `parlour --help` has it. */
const settings = async () =>
  [...(await shipped("server/main.ts")).matchAll(/^ {2}([A-Z_]{4,}) {2}/gm)].map(([, name]) => name)

describe("the units of systemd", () => {
  const unit = async (name: string) => (await shipped(`deploy/systemd/${name}.service`)).split("\n")
  const values = (lines: string[], key: string) =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))

  test("start what there is, with settings that it takes", async () => {
    for (const name of ["parlour", "parlour@"]) {
      const lines = await unit(name)
      const [start] = values(lines, "ExecStart")
      const [program] = start!.split(" ")
      expect(existsSync(program!.replace("/opt/parlour", ROOT))).toBe(true)
      const words = values(lines, "Environment").flatMap((line) => line.replaceAll("%i", "3001").split(" "))
      const environment = Object.fromEntries(words.map((one) => one.split("=") as [string, string]))
      for (const name of Object.keys(environment)) expect(await settings()).toContain(name)
      const { port, dataDir } = readConfig(environment)
      expect([port, dataDir]).toEqual([name === "parlour" ? 3000 : 3001, "/var/lib/parlour"])
      expect(values(lines, "StateDirectory")).toEqual(["parlour"]) // below /var/lib
    }
  })

  test("leave those who watch over several the time in which these stop", async () => {
    for (const name of ["parlour", "parlour@"]) {
      const [seconds] = values(await unit(name), "TimeoutStopSec")
      expect(Number(seconds) * 1000).toBeGreaterThanOrEqual(STOPPING_MS + 5_000)
    }
  })

  test("leave it nothing that it does not need, and end it before it takes the machine along", async () => {
    const held: Record<string, RegExp> = {
      SystemCallFilter: /^@system-service$/,
      SystemCallErrorNumber: /^EPERM$/,
      ProtectProc: /^invisible$/,
      ProtectSystem: /^strict$/,
      NoNewPrivileges: /^yes$/,
      MemoryMax: /^\d+G$/,
      TasksMax: /^\d+$/,
    }
    for (const name of ["parlour", "parlour@"]) {
      const lines = await unit(name)
      for (const [key, value] of Object.entries(held))
        expect([key, values(lines, key)[0]]).toEqual([key, expect.stringMatching(value)])
    }
  })

  test("are one, but for what tells several from another", async () => {
    const [one, several] = [await unit("parlour"), await unit("parlour@")]
    const own = (line: string) => /^(#|Description=|EnvironmentFile=|Environment=)/.test(line)
    expect(several.filter((line) => !own(line))).toEqual(one.filter((line) => !own(line)))
  })
})
