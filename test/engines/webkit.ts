// WebKit as Debian packages it, by plain WebDriver over HTTP. A driver has one browser at a time, so each person gets a driver;
// they share a screen that nobody sees.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dbus, miniBrowser, provide, webkitDriver, xvfb } from "../../bin/needs.ts"
import { freePort } from "../port.ts"
import { type Browser, type Engine, type Habits, type Held, type Key, middleOf, patiently, type Tab } from "./engine.ts"

const SIZE = { width: 1200, height: 800 }

/** How long a driver may take to listen. */
const PATIENCE_MS = 20_000

/** What the driver says when the document that was asked is no more, or not yet. */
const LEAVES =
  /no such (frame|element)|stale element|javascript error: *$|unknown error: *$|script timeout|timed out|TimeoutError/i
/** Milliseconds for a question. One that a page was asked while it went away is never answered. */
const ANSWER_MS = 2_000
/** And so many in which a page goes away: it is better not asked meanwhile. */
const LEAVING_MS = 60

/** Code points by which WebDriver names keys that write nothing. */
const KEYS: Record<string, string> = {
  Enter: "\uE007",
  Escape: "\uE00C",
  Tab: "\uE004",
  Backspace: "\uE003",
  ArrowUp: "\uE013",
  ArrowDown: "\uE015",
  Home: "\uE011",
  End: "\uE010",
  Shift: "\uE008",
  Control: "\uE009",
}

export function webkit(): Engine {
  let screen: Promise<Screen> | undefined
  return {
    async open(habits) {
      screen ??= openScreen()
      return openBrowser(habits, await screen)
    },
    close: async () => (await screen)?.close(),
  }
}

type Screen = { display: string; close(): Promise<void> }

async function openScreen(): Promise<Screen> {
  const size = `${SIZE.width + 80}x${SIZE.height + 200}x24`
  const server = spawn(provide(xvfb), ["-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  })
  const [line] = await once(server.stdio[3]!, "data")
  return { display: `:${String(line).trim()}`, close: () => end(server, server.pid!) }
}

async function openBrowser({ scripts, zone }: Habits, { display }: Screen): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), "parlour-webkit-"))
  const port = await freePort()
  const env = {
    ...process.env,
    DISPLAY: display,
    HOME: home,
    ...(zone && { TZ: zone }),
    // Tests run as root in containers, and open only our own pages; and there is no graphics card.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    NO_AT_BRIDGE: "1",
    GTK_IM_MODULE: "gtk-im-context-simple",
  }
  // In a group of its own, with whatever it starts.
  const driver = spawn(provide(dbus), ["--", provide(webkitDriver), `--port=${port}`], {
    env,
    detached: true,
    stdio: "ignore",
  })
  const address = `http://127.0.0.1:${port}`
  await untilReady(address)
  const options = {
    binary: provide(miniBrowser),
    args: ["--automation", ...(scripts === "off" ? ["--enable-javascript=false"] : [])],
  }
  // By itself the driver would wait for the end of a page whose frame goes on for as long as one talks.
  const always = { pageLoadStrategy: "none", timeouts: { script: ANSWER_MS }, "webkitgtk:browserOptions": options }
  const { sessionId } = await call<{ sessionId: string }>(`${address}/session`, {
    capabilities: { alwaysMatch: always },
  })
  const session = `${address}/session/${sessionId}`
  await call(`${session}/window/rect`, { ...SIZE, x: 0, y: 0 })
  let first = true
  return {
    async tab() {
      const made = first
        ? await call<string>(`${session}/window`)
        : (await call<{ handle: string }>(`${session}/window/new`, { type: "window" })).handle
      first = false
      return tabOf(session, made)
    },
    async close() {
      await call(session, undefined, "DELETE").catch(() => {})
      await end(driver, -driver.pid!)
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function untilReady(address: string): Promise<void> {
  const late = Date.now() + PATIENCE_MS
  while (!(await call(`${address}/status`).catch(() => null))) {
    if (Date.now() > late) throw new Error(`WebKit's driver does not listen at ${address}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, "exit")
  process.kill(pid, "SIGKILL")
  await gone
}

/** One command of WebDriver: with a body it is a POST. Throws what the driver says. */
async function call<Value>(address: string, body?: object, method = body ? "POST" : "GET"): Promise<Value> {
  const sent = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
  const isQuestion = address.endsWith("/execute/sync")
  const signal = isQuestion ? AbortSignal.timeout(2 * ANSWER_MS) : null // the driver itself may wait for ever
  const answer = await fetch(address, { method, ...sent, signal })
  const { value } = (await answer.json()) as { value: Value & { error: string; message: string } }
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`)
  return value
}

/** A session speaks to one of its tabs at a time: each call names its own. */
function tabOf(session: string, handle: string): Tab {
  const command = async <Value>(path: string, body?: object, method?: string): Promise<Value> => {
    await call(`${session}/window`, { handle })
    return call(`${session}${path}`, body, method)
  }
  const perform = (type: "key" | "pointer", actions: object[]) =>
    command<void>("/actions", { actions: [{ type, id: type, actions }] })
  const press = async (key: Key, ...held: Held[]): Promise<void> => {
    const all = [...held, key].map((one) => KEYS[one] ?? one)
    await perform("key", [
      ...all.map((value) => ({ type: "keyDown", value })),
      ...all.toReversed().map((value) => ({ type: "keyUp", value })),
    ])
  }
  const ask: Tab["ask"] = (question, ...args) =>
    patiently(() => command("/execute/sync", { script: `return (${question})(...arguments)`, args }), LEAVES)
  /** Until another document is there. */
  const leave = async (path: string, body: object): Promise<void> => {
    const now = Math.random()
    await ask((now) => Reflect.set(window, "left", now), now)
    await command(path, body)
    await new Promise((resolve) => setTimeout(resolve, LEAVING_MS))
    const isThere = (now: number) => Reflect.get(window, "left") !== now && document.readyState !== "loading"
    for (const late = Date.now() + PATIENCE_MS; !(await ask(isThere, now)); )
      if (Date.now() > late) throw new Error(`WebKit did not get there: ${path} ${JSON.stringify(body)}`)
  }
  return {
    goto: (url) => leave("/url", { url }),
    reload: () => leave("/refresh", {}),
    back: () => leave("/back", {}),
    close: () => command("/window", undefined, "DELETE"),
    show: () => command("/execute/sync", { script: "", args: [] }),
    ask,
    type: (text) =>
      perform(
        "key",
        [...text].flatMap((value) => ["keyDown", "keyUp"].map((type) => ({ type, value }))),
      ),
    press,
    async click(selector, words) {
      const { x, y } = await middleOf(this, selector, words)
      await perform("pointer", [
        { type: "pointerMove", x, y, duration: 0 },
        { type: "pointerDown", button: 0 },
        { type: "pointerUp", button: 0 },
      ])
    },
    // GTK's own way to write a sign by its number is an input method like any other.
    async compose() {
      await press("u", "Control", "Shift")
      for (const digit of "3042") await press(digit)
      return "\u3042"
    },
    pick: () => press("Enter"),
  }
}
