// A browser that looks at a room while messages come. Run by Node, because Playwright is at home there. Reads what to
// do as JSON from its standard input; writes milliseconds of work an append, as JSON.
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { chromium } from "@playwright/test"

/** By then a message has come, been drawn and been painted, and the page is quiet again. */
const QUIET = 150

const { executablePath, origin, reader, writer, before, measured } = JSON.parse(readFileSync(0, "utf8"))
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
})
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const [name, value] = reader.split("=")
  await context.addCookies([{ name, value, url: origin }])
  const page = await context.newPage()
  await page.goto(`${origin}/chat/talk/`, { waitUntil: "networkidle" })
  await sleep(1_000)
  for (const text of before) await post(text)
  await sleep(1_000)
  const rows = await page.locator("[role=log] article").count()

  const devtools = await context.newCDPSession(page)
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" }) // processor time: other people's work is not in it
  const appends = []
  for (const text of measured) {
    const start = await metrics(devtools)
    await post(text)
    await sleep(QUIET)
    const end = await metrics(devtools)
    const spent = (...names) => names.reduce((sum, name) => sum + (end[name] - start[name]) * 1000, 0)
    appends.push({
      work: spent("ScriptDuration", "RecalcStyleDuration", "LayoutDuration"),
      script: spent("ScriptDuration"),
      style: spent("RecalcStyleDuration"),
      layout: spent("LayoutDuration"),
      all: spent("TaskDuration"),
    })
  }
  const last = await page.locator("[role=log] article").last().textContent()
  console.log(JSON.stringify({ rows, arrived: last.includes(measured.at(-1)), appends }))
} finally {
  await browser.close()
}

async function post(text) {
  const response = await fetch(`${origin}/api/v1/rooms/talk/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie: writer },
    body: JSON.stringify({ text }),
  })
  if (!response.ok) throw new Error(`a message was not taken: ${response.status} ${await response.text()}`)
}

async function metrics(devtools) {
  const { metrics } = await devtools.send("Performance.getMetrics")
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}
