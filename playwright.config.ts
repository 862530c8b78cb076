import { join } from "node:path"
import { defineConfig, devices } from "@playwright/test"
import { chromium, find } from "./bin/needs.ts"
import { NEEDLESS, OF_PLAYWRIGHT } from "./test/browser/features.ts"
import type { SetUp } from "./test/browser/place.ts"

const executablePath = find(chromium)
if (!executablePath) throw new Error("No Chromium was found: run the tests by bin/test, which installs it or says how.")

// Read by the browsers, which take over what is set here.
process.env.FONTCONFIG_FILE = join(import.meta.dirname, "test/browser/fonts.conf")

export default defineConfig<{ setUp: SetUp }>({
  testDir: "test/browser",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  projects: [{ name: "one process" }, { name: "two processes", grep: /@two/, use: { setUp: "two processes" } }],
  use: {
    ...devices["Desktop Chrome"],
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: "off",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox", // tests run as root in containers, and open only our own pages
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        // Nothing that looks for the network beyond the page under test.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        `--disable-features=${[...OF_PLAYWRIGHT, ...NEEDLESS]}`,
      ],
    },
  },
})
