// The program as a process: what it prints, what it refuses in one sentence, how it stops, and its few commands.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { chmod, chown, mkdir, readdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { Message } from "../protocol/event.ts"
import { readConfig } from "../server/config.ts"
import { openControl } from "../server/control.ts"
import { lockPlace } from "../server/db/lock.ts"
import { cookieOf, PARLOUR, PASSWORD, register, temporaryFolder, until, visitor } from "./world.ts"

let folder: string
let number = 0

beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The settings of a place of its own, on any free port. */
const fresh = (settings: Record<string, string> = {}) => ({
  PATH: process.env.PATH!,
  PORT: "0",
  LIMITS: "off",
  DATA_DIR: join(folder, `place-${++number}`),
  ...settings,
})
type Env = Record<string, string>

/** As bin/parlour becomes it, called from any folder. */

function spawn(env: Env, ...words: string[]) {
  return Bun.spawn([...PARLOUR, ...words], {
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
}

/** Runs it to its end. */
async function run(env: Env, words: string[], input?: Uint8Array | string) {
  const child = Bun.spawn([...PARLOUR, ...words], {
    cwd: folder,
    env,
    stdin: input === undefined ? "ignore" : new Blob([input as string]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: 20_000,
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code }
}

/** A running place; it ends with the block. */
async function start(env: Env) {
  const child = spawn(env, "start")
  const printed: string[] = []
  const reading = (async () => {
    const text = new TextDecoder()
    for await (const bytes of child.stdout) printed.push(text.decode(bytes))
  })()
  await until("it says where it is open", () => printed.join("").includes("\n") || child.exitCode !== null, 15_000)
  const url = printed.join("").match(/http:\S+/)?.[0]
  if (!url) throw new Error(`it did not start: ${await new Response(child.stderr).text()}`)
  return {
    child,
    url,
    get printed() {
      return printed.join("")
    },
    async stop(signal: NodeJS.Signals = "SIGTERM") {
      child.kill(signal)
      const code = await child.exited
      await reading
      return code
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await child.exited
    },
  }
}

/** One sentence: one line, a capital and a full stop, no trace of where in the code. */
const SENTENCE = /^["A-Z][^\n]*\.\n$/

describe("parlour start", () => {
  test("prints one line, the address, and serves there", async () => {
    await using place = await start(fresh())
    expect(place.printed).toMatch(/^Parlour is open at http:\/\/127\.0\.0\.1:\d+\n$/)
    const answer = await fetch(place.url, { redirect: "manual" })
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/welcome"])
    expect(await place.stop()).toBe(0)
    expect(place.printed).toMatch(/^[^\n]+\n$/)
  })

  test("says what is better known, a line each, and where it is by an address that one can open", async () => {
    const env = fresh({ PUBLIC_URL: "http://chat.example.org", LIMITS: "on" })
    await using open = await start(env)
    open.child.kill("SIGTERM")
    expect(await new Response(open.child.stderr).text()).toMatch(/^PUBLIC_URL is [^\n]+ without https [^\n]+\.\n$/)
    await using six = await start(fresh({ HOST: "[::1]" }))
    expect(six.printed).toMatch(/^Parlour is open at http:\/\/\[::1\]:\d+\n$/)
    expect((await fetch(`${six.url}/health`)).status).toBe(200)
  })

  test("is what parlour does when it is not told what", async () => {
    const child = spawn(fresh())
    const { value } = await child.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toStartWith("Parlour is open at ")
    child.kill()
    expect(await child.exited).toBe(0)
  })

  test("makes its folder so that nobody else can look into it", async () => {
    const env = fresh({ DATA_DIR: join(folder, "deep", "er") })
    await using place = await start(env)
    const mode = Bun.spawnSync(["stat", "-c", "%a", env.DATA_DIR]).stdout.toString().trim()
    expect(mode).toBe("700")
    await place.stop()
  })

  test("keeps what it keeps from everyone else on the machine, in a folder that was open to all, too", async () => {
    const env = fresh()
    await mkdir(env.DATA_DIR, { recursive: true, mode: 0o755 })
    const mustBeClosed = async () => {
      const files = await readdir(env.DATA_DIR)
      const { stdout } = Bun.spawnSync(["stat", "-c", "%n %a", ...files], { cwd: env.DATA_DIR })
      const modes = stdout.toString().trim().split("\n")
      expect(modes.length).toBeGreaterThan(5)
      expect(modes.filter((mode) => !mode.endsWith(" 600"))).toEqual([])
      return files
    }
    const first = await start(env)
    await register(first.url, "ann")
    expect(await mustBeClosed()).toContain("control.sock")
    await first.stop("SIGKILL")
    for (const file of await readdir(env.DATA_DIR)) await chmod(join(env.DATA_DIR, file), 0o644)
    await using _place = await start(env)
    await mustBeClosed()
  })

  test.each(["lock", "control", "control.sock", "parlour.db"])(
    "says in one sentence that something else stands where its %s belongs",
    async (name) => {
      const env = fresh()
      await mkdir(join(env.DATA_DIR, name, "something"), { recursive: true })
      const { out, err, code } = await run(env, ["start"])
      expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
      expect(err).toContain(join(env.DATA_DIR, name))
    },
  )

  test.each([
    [{ PORT: "x" }, "PORT"],
    [{ PORT: "65536" }, "PORT"],
    [{ PORT: "-1" }, "PORT"],
    [{ REGISTRATION: "everyone" }, "REGISTRATION"],
    [{ PUBLIC_URL: "chat.example.org" }, "PUBLIC_URL"],
    [{ LIMITS: "off", PUBLIC_URL: "https://chat.example.org" }, "LIMITS"],
    [{ DATABASE_URL: "postgres://localhost/parlour" }, "DATABASE_URL"],
    [{ REDIS_URL: "redis://localhost" }, "REDIS_URL"],
    [{ HOST: "no such host" }, "HOST"],
  ])("refuses %j in one sentence", async (settings, named) => {
    const { out, err, code } = await run(fresh(settings as unknown as Env), ["start"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain(named)
  })

  test("refuses a port that is taken", async () => {
    await using place = await start(fresh())
    const { port } = new URL(place.url)
    const { out, err, code } = await run(fresh({ PORT: port }), ["start"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain(port)
  })

  /** Who is not root, as whom Parlour is run here: root may write everywhere. */
  const OTHER = 65_534
  const isRoot = process.getuid?.() === 0
  const asOther = (env: Env) =>
    Bun.spawnSync(
      [...(isRoot ? ["setpriv", `--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups"] : []), ...PARLOUR, "start"],
      {
        cwd: "/",
        env,
      },
    )

  test.each([
    ["the folder", []],
    ["its lock", ["lock"]],
    ["the database", ["parlour.db"]],
    ["what the database has not written back", ["parlour.db", "parlour.db-wal"]],
    ["the way of the command line", ["control"]],
    ["the folder, with a control in it", ["control.sock"]],
  ])("says who owns what it cannot use and how that is put right: %s", async (what, files) => {
    const env = fresh({ LIMITS: "on" })
    await mkdir(env.DATA_DIR, { recursive: true })
    await chmod(folder, 0o755)
    const closed = what.startsWith("the folder") ? [env.DATA_DIR] : files.map((name) => join(env.DATA_DIR, name))
    for (const name of files) await writeFile(join(env.DATA_DIR, name), "")
    if (isRoot) await chown(env.DATA_DIR, what.startsWith("the folder") ? 0 : OTHER, 0)
    for (const path of closed) await chmod(path, path === env.DATA_DIR ? 0o500 : 0o400)
    const { stdout, stderr, exitCode } = asOther(env)
    expect([stdout.toString(), exitCode]).toEqual(["", 1])
    expect(stderr.toString()).toMatch(SENTENCE)
    expect(stderr.toString()).toMatch(
      isRoot ? /belongs to root, and Parlour runs as user 65534: .* chown -R 65534 \// : /chmod -R u\+rwX/,
    )
    expect(stderr.toString()).not.toContain("ove away")
  })

  test("refuses a data folder that is a file", async () => {
    const file = join(folder, "a-file")
    await writeFile(file, "")
    for (const DATA_DIR of [file, join(file, "below")]) {
      const { out, err, code } = await run(fresh({ DATA_DIR }), ["start"])
      expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
      expect(err).toContain(DATA_DIR)
    }
  })

  test("refuses a database that is none, and leaves it as it is", async () => {
    const env = fresh()
    await mkdir(env.DATA_DIR, { recursive: true })
    await writeFile(join(env.DATA_DIR, "parlour.db"), "Dear diary, this is not a database, but it is long enough.")
    const { out, err, code } = await run(env, ["start"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(await Bun.file(join(env.DATA_DIR, "parlour.db")).text()).toStartWith("Dear diary")
  })

  test("refuses data that another Parlour is running on, and takes it when that one was killed", async () => {
    const env = fresh()
    await using first = await start(env)
    const { out, err, code } = await run(env, ["start"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain(env.DATA_DIR)
    expect((await fetch(`${first.url}/welcome`)).status).toBe(200)
    await first.stop("SIGKILL")
    await using second = await start(env)
    expect((await fetch(`${second.url}/welcome`)).status).toBe(200)
  })

  test("refuses a database that another Parlour is running on, whatever folder it is given", async () => {
    const env = fresh()
    await using first = await start(env)
    const other = fresh({ DATABASE_URL: `sqlite:${join(env.DATA_DIR, "parlour.db")}` })
    const { out, err, code } = await run(other, ["start"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect((await fetch(`${first.url}/welcome`)).status).toBe(200)
  })
})

describe("when it is asked to stop", () => {
  test("it goes on when its terminal closes, if it was started to outlive it", async () => {
    const child = Bun.spawn(["nohup", ...PARLOUR, "start"], {
      cwd: folder,
      env: fresh(),
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    })
    const { value } = await child.stdout.getReader().read()
    const url = new TextDecoder().decode(value).match(/http:\S+/)![0]
    child.kill("SIGHUP")
    await Bun.sleep(500)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill("SIGTERM")
    expect(await child.exited).toBe(0)
  })

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s, feeds are told to come back, and it is over soon",
    async (signal) => {
      const env = fresh()
      await using place = await start(env)
      const ann = await register(place.url, "ann")
      const socket = ann.socket("/events")
      const frames: string[] = []
      let closed: number | undefined
      socket.onmessage = ({ data }) => frames.push(String(data))
      socket.onclose = ({ code }) => {
        closed = code
      }
      const stream = await ann.fetch("/events", { headers: { accept: "text/event-stream" } })
      const streamed = stream.text()
      const polled = ann.fetch("/events?wait=50").then((answer) => answer.json())
      await until("the socket is live", () => frames.some((frame) => frame.includes('"live"')))
      await ann.fetch("/api/v1/me") // and a connection that is kept open, with nothing on it

      const began = performance.now()
      expect(await place.stop(signal)).toBe(0)
      expect(performance.now() - began).toBeLessThan(3_000)
      expect(JSON.parse(frames.at(-1)!)).toEqual({ kind: "bye", reason: "restart" })
      await until("the socket is closed", () => closed !== undefined)
      expect(closed).toBe(1012)
      expect(await streamed).toEndWith(`data: {"kind":"bye","reason":"restart"}\n\n`)
      expect(await polled).toMatchObject({ events: [] })
      expect(existsSync(join(env.DATA_DIR, "control.sock"))).toBe(false)

      await using again = await start(env)
      const back = visitor(again.url, ann.cookie)
      expect((await back.fetch("/api/v1/me")).status).toBe(200)
    },
  )

  test("what was answered is there after kill -9", async () => {
    const env = fresh()
    await using place = await start(env)
    const ann = await register(place.url, "ann")
    const said: number[] = []
    const saying = (async () => {
      for (let n = 0; ; n++) {
        const answer = await ann.fetch("/api/v1/rooms/talk/messages", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ text: `${n}`, nonce: `${n}` }),
        })
        said.push(((await answer.json()) as Message).id)
      }
    })().catch(() => {})
    await until("something was said", () => said.length > 50)
    await place.stop("SIGKILL")
    await saying
    await using again = await start(env)
    const { messages } = (await (
      await visitor(again.url, ann.cookie).fetch("/api/v1/rooms/talk/messages?after=0&limit=200")
    ).json()) as { messages: Message[] }
    const there = messages.map(({ id }) => id)
    expect(said.slice(0, 200).filter((id) => !there.includes(id))).toEqual([])
    expect(messages.map(({ text }) => text)).toEqual(messages.map((_, n) => `${n}`))
  })
})

const lines = (count: number, room = "ubuntu") =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ room, author: `author${i % 3}`, at: "2019-10-07T18:20:56Z", text: `line ${i}` }),
  ).join("\n")

describe("parlour import", () => {
  test("loads a file, plain or gzip, and a second run adds nothing", async () => {
    const env = fresh()
    const [plain, packed] = [join(folder, "lines.jsonl"), join(folder, "lines.whatever")]
    await writeFile(plain, `${lines(50)}\n`)
    await writeFile(packed, gzipSync(`${lines(70)}\n`))
    const first = await run(env, ["import", plain])
    expect(first).toEqual({
      out: expect.stringMatching(
        /^50 messages added, 0 were here already, 0 lines not taken, in [\d.]+ s, to (\S+)\.\nThat place is new\. .*DATA_DIR.*\n$/,
      ),
      err: "",
      code: 0,
    })
    expect(first.out).toContain(join(env.DATA_DIR!, "parlour.db"))
    const { out } = await run(env, ["import", plain])
    expect(out).toStartWith("0 messages added, 50 were here already")
    expect(out).not.toContain("new")
    expect((await run(env, ["import", packed])).out).toStartWith("20 messages added, 50 were here already")
    expect((await run(env, ["import", "-"], gzipSync(lines(80)))).out).toStartWith("10 messages added, 70 were")
    expect((await run(env, ["import", "-"], lines(81))).out).toStartWith("1 messages added, 80 were")
  })

  test("says of each line that it does not take why, and takes the others", async () => {
    const good = lines(3).split("\n")
    const { out, err, code } = await run(
      fresh(),
      ["import", "-"],
      [
        good[0],
        "{",
        "",
        good[1],
        '{"room":"x"}',
        '{"room":"a/b","author":"x","at":1570472456,"text":"x"}',
        good[2],
      ].join("\n"),
    )
    expect(out).toStartWith("3 messages added, 0 were here already, 3 lines not taken")
    expect(
      err
        .trim()
        .split("\n")
        .map((line) => line.match(/^line (\d+): /)![1]),
    ).toEqual(["2", "5", "6"])
    expect(code).toBe(2)
  })

  test("goes into a place that is running, and those who are there hear of it", async () => {
    const env = fresh()
    await using place = await start(env)
    const ann = await register(place.url, "ann")
    await ann.fetch("/chat/", { method: "POST", body: new URLSearchParams({ name: "ubuntu" }) })
    const socket = ann.socket("/events")
    const heard: string[] = []
    socket.onmessage = ({ data }) => heard.push(String(data))
    await until("ann is live", () => heard.some((frame) => frame.includes('"live"')))
    const file = join(folder, "more.jsonl")
    await writeFile(file, lines(2_500))
    expect((await run(env, ["import", file])).out).toStartWith("2,500 messages added")
    const texts = () => heard.map((frame) => JSON.parse(frame)).filter(({ kind }) => kind === "message")
    await until("all is heard", () => texts().length === 2_500)
    expect(texts().map(({ text }) => text)).toEqual(Array.from({ length: 2_500 }, (_, i) => `line ${i}`))
    socket.close()
  })

  test("says in one sentence that there is no such file", async () => {
    const { out, err, code } = await run(fresh(), ["import", "nowhere.jsonl"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain("nowhere.jsonl")
  })

  test("takes nothing of what is packed and cut short or damaged, a file or what comes in, and leaves nothing behind", async () => {
    const packed = gzipSync(lines(20_000))
    const damaged = Buffer.from(packed)
    damaged[damaged.length - 5]! ^= 1 // of the checksum
    const [file, aside] = [join(folder, "packed"), join(folder, "aside")]
    const env = fresh({ TMPDIR: aside })
    await mkdir(aside)
    for (const [what, content] of [
      ["cut short", packed.subarray(0, -100)],
      ["damaged", damaged],
    ] as const) {
      await writeFile(file, content)
      for (const { out, err, code } of [await run(env, ["import", file]), await run(env, ["import", "-"], content)]) {
        expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
        expect(err).toContain(`${what}, so nothing of it is taken`)
      }
    }
    expect((await run(env, ["import", "-"], gzipSync(lines(10)))).out).toStartWith("10 messages added, 0 were")
    expect(await readdir(aside)).toEqual([])
  }, 30_000)

  test("reads what is no file on a disk as it comes, packed or plain, and says where there is no room for it", async () => {
    const aside = join(folder, "nowhere")
    const env = fresh({ TMPDIR: aside })
    expect((await run(env, ["import", "/dev/stdin"], lines(3))).out).toStartWith("3 messages added")
    const { out, err, code } = await run(env, ["import", "-"], gzipSync(lines(4)))
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain("TMPDIR")
    await mkdir(aside)
    expect((await run(env, ["import", "/dev/stdin"], gzipSync(lines(4)))).out).toStartWith("1 messages added, 3 were")
  }, 30_000)
})

describe("parlour user password", () => {
  const linkIn = (out: string) => out.match(/(\/password\/[\w-]{43})\n$/)![1]!

  test.each(["running", "not running"])(
    "makes a link that sets a new password, once, while the place is %s",
    async (state) => {
      const env = fresh()
      const before = await start(env)
      const ann = await register(before.url, "ann")
      if (state === "not running") await before.stop()
      const { out, err, code } = await run(env, ["user", "password", "Ann"])
      expect([err, code]).toEqual(["", 0])
      expect(out).toStartWith("ann can set a new password, once, within an hour, at:\n")
      const place = state === "running" ? before : await start(env)
      const set = () =>
        visitor(place.url).fetch(linkIn(out), {
          method: "POST",
          body: new URLSearchParams({ password: "a new good one" }),
        })
      const answer = await set()
      expect(answer.status).toBe(303)
      expect((await visitor(place.url, cookieOf(answer)).fetch("/api/v1/me")).status).toBe(200)
      expect((await visitor(place.url, ann.cookie).fetch("/api/v1/me")).status).toBe(401)
      expect((await set()).status).toBe(404)
      await before[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  )

  test("says that it lets someone back in who was removed", async () => {
    const env = fresh()
    await using place = await start(env)
    const ann = await register(place.url, "ann", { registration: "open" })
    await register(place.url, "bob")
    expect((await run(env, ["user", "password", "bob"])).out).toStartWith("bob can set a new password")
    await ann.fetch("/place/expel", { method: "POST", body: new URLSearchParams({ username: "bob" }) })
    expect((await run(env, ["user", "password", "bob"])).out).toMatch(
      /^bob was removed .* lets them back in\.\nbob can/,
    )
  })

  test("says in one sentence that there is nobody of that name", async () => {
    const env = fresh()
    const { out, err, code } = await run(env, ["user", "password", "nobody"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    await using _place = await start(env)
    expect(await run(env, ["user", "password", "nobody"])).toEqual({ out, err, code })
  })

  test("says in one sentence that the place's folder is in use by something that cannot be asked", async () => {
    const env = fresh()
    await using place = await start(env)
    await register(place.url, "ann")
    await rm(join(env.DATA_DIR, "control"))
    const { out, err, code } = await run(env, ["user", "password", "ann"])
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    const nowhere = { path: join(env.DATA_DIR, "nothing.sock"), url: place.url }
    await writeFile(join(env.DATA_DIR, "control"), JSON.stringify(nowhere)) // as one that was killed leaves it
    const stale = await run(env, ["user", "password", "ann"])
    expect([stale.out, stale.err, stale.code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
  })
})

test("when Parlour stops while it is asked, it is said that asking again is right", async () => {
  const config = readConfig(fresh())
  const lock = lockPlace(config)!
  const path = join(config.dataDir, "control.sock")
  let answers = 0
  const place = Bun.serve({
    unix: path,
    fetch: () => (answers++ === 0 ? Response.json({ answer: { added: 1, known: 0, refused: [] } }) : new Response("")),
  })
  await writeFile(join(config.dataDir, "control"), JSON.stringify({ path, url: "http://here" }))
  const control = await openControl(config)
  const ask = () => control.ask({ type: "import", lines: [] }).catch((error) => error.message)
  expect(await ask()).toMatchObject({ added: 1 })
  expect(await ask()).toMatch(/stopped while it was asked.*nothing is done twice\.$/) // cut off in the midst of an answer
  await place.stop(true)
  expect(await ask()).toMatch(/stopped while it was asked/)
  lock.release()
})

describe("the command line", () => {
  test.each([["--help"], ["-h"], ["help"]])("%s says what there is, whatever the settings", async (word) => {
    const { out, err, code } = await run(fresh({ PORT: "x" }), [word])
    expect([err, code]).toEqual(["", 0])
    for (const told of ["parlour start", "parlour import FILE", "parlour user password NAME", "PORT", "DATA_DIR"])
      expect(out).toContain(told)
  })

  test.each([
    "dance",
    "start now",
    "import",
    "import a b",
    "user",
    "user password",
    "user delete ann",
    "--port=3000",
    "start --loud",
  ])("%s is no command, and it says so in one sentence", async (words) => {
    const { out, err, code } = await run(fresh(), words.split(" "))
    expect([out, err, code]).toEqual(["", expect.stringMatching(SENTENCE), 1])
    expect(err).toContain("--help")
  })
})

test("a password is never asked for on the command line, and none is printed", async () => {
  const env = fresh()
  await using place = await start(env)
  await register(place.url, "ann")
  expect(place.printed).not.toContain(PASSWORD)
})
