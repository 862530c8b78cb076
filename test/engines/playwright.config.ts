// The stories that matter, in each engine. Playwright only tells them: the engines are driven by others.
import { join } from "node:path"
import { defineConfig } from "@playwright/test"
import { type Name, names } from "./engine.ts"

// Read by the browsers, which take over what is set here.
process.env.FONTCONFIG_FILE = join(import.meta.dirname, "../browser/fonts.conf")

export default defineConfig<object, { engine: Name }>({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../../test-results/engines",
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  projects: names.map((engine) => ({ name: engine, use: { engine } })),
})
