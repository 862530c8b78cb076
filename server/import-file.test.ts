import { describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { Refusal } from "../protocol/refusal.ts"
import { openApp, temporaryFolder } from "../test/world.ts"
import type { App } from "./app.ts"
import { operator } from "./caller.ts"
import type { Control } from "./control.ts"
import { Tally } from "./db/tally.ts"
import { importFile } from "./import-file.ts"
import { parseLine } from "./import-line.ts"
import { openSource } from "./import-source.ts"
import { perform } from "./perform.ts"

const DAY = Date.UTC(2019, 9, 7)
const line = (part: object = {}) =>
  JSON.stringify({ room: "ubuntu", author: "]Zero[", at: "2019-10-07T18:20:56Z", text: "hello", ...part })

async function load(app: App, content: string | Uint8Array, name = "lines") {
  const file = join(app.config.dataDir, name)
  await writeFile(file, content)
  const control: Pick<Control, "ask"> = {
    ask: async (command) => (await perform(app, operator, command)).answer,
  }
  const refused: [number, string][] = []
  const { added, known, read } = await importFile(file, control, {
    progress() {},
    refuse: (number, reason) => refused.push([number, reason]),
  })
  return { added, known, read, refused }
}

const said = async (app: App) =>
  (await app.db.sql<{ text: string; at: number; name: string }>`select text, at, name from said order by id`).map(
    ({ text, at, name }) => [text, at, name],
  )

test("lines come in in their order, and a second run adds nothing", async () => {
  await using app = await openApp()
  const file = Array.from({ length: 2_345 }, (_, i) => line({ text: `${i}`, at: DAY + i })).join("\n")
  expect(await load(app, file)).toEqual({ added: 2_345, known: 0, read: 2_345, refused: [] })
  expect(await said(app)).toEqual(Array.from({ length: 2_345 }, (_, i) => [`${i}`, DAY + i, "]Zero["]))
  expect(await load(app, file)).toEqual({ added: 0, known: 2_345, read: 2_345, refused: [] })
  expect(await load(app, `${file}\n${line({ text: "more" })}\n`)).toMatchObject({ added: 1, known: 2_345 })
})

test("what was said twice is kept twice, and is still twice after a second run", async () => {
  await using app = await openApp()
  const twice = `${line()}\n${line({ text: "between" })}\n${line()}\n`
  expect(await load(app, twice)).toMatchObject({ added: 3, known: 0 })
  expect(await load(app, twice)).toMatchObject({ added: 0, known: 3 })
  expect((await said(app)).map(([text]) => text)).toEqual(["hello", "between", "hello"])
  expect(await load(app, twice + line())).toMatchObject({ added: 1, known: 3 })
})

test("a packed file is known by what is in it, whatever it is called", async () => {
  await using app = await openApp()
  const file = Array.from({ length: 100 }, (_, i) => line({ text: `${i} ${"é".repeat(i * 10)}` })).join("\n")
  expect(await load(app, gzipSync(file), "plain.jsonl")).toMatchObject({ added: 100 })
  expect(await load(app, file, "packed.gz")).toMatchObject({ added: 0, known: 100 })
  const inParts = new Uint8Array([...gzipSync(`${file}\n`), ...gzipSync(line({ text: "appended" }))])
  expect(await load(app, inParts)).toMatchObject({ added: 1, known: 100 })
})

test("a packed file that is damaged or cut short is not taken at all, as its end alone says that it is whole", async () => {
  await using app = await openApp()
  const file = Array.from({ length: 3_000 }, (_, i) => line({ text: `${i}` })).join("\n")
  const packed = gzipSync(file)
  const damaged = (at: number) => Buffer.from(packed).fill(packed[at]! ^ 4, at, at + 1)
  const files: [string, Buffer][] = [
    ["cut short", packed.subarray(0, -100)],
    ["cut short", packed.subarray(0, -1)],
    ["cut short", packed.subarray(0, 2)],
    ["cut short", Buffer.concat([packed, packed.subarray(0, 1_000)])],
    ["damaged", damaged(packed.length - 5)],
    ["damaged", damaged(packed.length >> 1)],
  ]
  for (const [what, content] of files)
    await expect(load(app, content, "packed")).rejects.toThrow(
      new RegExp(`packed" is .*${what}, so nothing of it is taken`),
    )
  expect(await said(app)).toEqual([])
  const padded = Buffer.concat([packed, Buffer.alloc(512)]) // as tapes and some disks are
  expect(await load(app, padded)).toMatchObject({ added: 3_000, refused: [] })
})

test("what is wrong with a packed file is said the same each time, however small it is", async () => {
  await using app = await openApp()
  const small = gzipSync(line())
  const twice = Buffer.concat([small, gzipSync(line({ text: "more" }))])
  const large = gzipSync(Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)).toHex().repeat(3)))
  const flipped = (packed: Buffer, at: number) =>
    Buffer.from(packed).fill(packed.at(at)! ^ 4, packed.length + at, packed.length + at + 1)
  const behind = (packed: Buffer, more: string | number[]) => Buffer.concat([packed, Buffer.from(more as string)])
  const files: [string, Buffer][] = [small, twice, large].flatMap((packed): [string, Buffer][] => [
    ["damaged", flipped(packed, -5)],
    ["damaged", flipped(packed, -30)],
    ["cut short", packed.subarray(0, -1)],
    ["cut short", packed.subarray(0, -12)],
    ["cut short", behind(packed, [0x1f])],
    ["cut short", behind(packed, [0x1f, 0x8b])],
    ...["x", "\n", "garbage", "\0\0x", `${"\0".repeat(200_000)}x`, `${line()}\n`].map((more): [string, Buffer] => [
      "goes on with something else behind its end",
      behind(packed, more),
    ]),
  ])
  const file = join(app.config.dataDir, "packed")
  for (const [what, content] of files) {
    await writeFile(file, content)
    const telling = { checking() {}, passed() {} }
    const reasons = new Set<string>()
    for (let i = 0; i < 50; i++)
      reasons.add(
        await openSource(file, telling).then(
          () => "taken",
          ({ message }: Error) => message,
        ),
      )
    expect([content.length, ...reasons]).toEqual([
      content.length,
      expect.stringContaining(`packed by gzip and ${what}, so`),
    ])
  }
}, 30_000)

test("each line that is not taken is told by its number, and the others are taken", async () => {
  await using app = await openApp()
  const file = [
    line(),
    "{",
    "",
    "null",
    line({ text: 5 }),
    line({ text: " " }),
    line({ room: "a/b" }),
    "[]",
    line(),
  ].join("\n")
  const { added, refused } = await load(app, file)
  expect(added).toBe(2)
  expect(refused.map(([number]) => number)).toEqual([2, 4, 5, 8, 6, 7]) // those the place refuses come with the batch
})

test("lines may end as on any system, and the last need not end", async () => {
  await using app = await openApp()
  expect(await load(app, [line({ text: "a" }), line({ text: "b" }), line({ text: "c" })].join("\r\n"))).toMatchObject({
    added: 3,
    refused: [],
  })
  expect(await load(app, "")).toEqual({ added: 0, known: 0, read: 0, refused: [] })
  expect(await load(app, "\n\n")).toMatchObject({ added: 0, refused: [] })
})

test("separators that stand inside JSON end no line, and a line without end fills no memory", async () => {
  await using app = await openApp()
  const odd = line({ text: "one\u2028two\u2029three" })
  const endless = line({ text: "x".repeat(3_000_000) })
  expect(await load(app, `${odd}\n${endless}\n${line({ text: "after" })}\n`)).toEqual({
    added: 2,
    known: 0,
    read: 3,
    refused: [[2, "it is longer than a message can be"]],
  })
  expect((await said(app)).map(([text]) => text)).toEqual(["one\u2028two\u2029three", "after"])
})

test("long lines go in smaller batches: what a place takes at once has a bound", async () => {
  const file = join(await temporaryFolder(), "lines")
  await writeFile(file, Array.from({ length: 900 }, (_, i) => line({ text: `${i} ${"語".repeat(7_990)}` })).join("\n"))
  const batches: { lines: number; bytes: number }[] = []
  const control = {
    url: "",
    async ask(command: { lines: unknown[] }) {
      batches.push({ lines: command.lines.length, bytes: Buffer.byteLength(JSON.stringify(command)) })
      return { added: command.lines.length, known: 0, refused: [] }
    },
    async close() {},
  } as unknown as Control
  expect(await importFile(file, control, { progress() {}, refuse() {} })).toMatchObject({ added: 900 })
  expect(batches.length).toBeGreaterThan(2)
  for (const { bytes } of batches) expect(bytes).toBeLessThan(9 * 1024 * 1024)
  await rm(dirname(file), { recursive: true })
})

test("a batch that takes long is followed by smaller ones, and a quick one by larger ones: whoever talks meanwhile waits as long", async () => {
  const file = join(await temporaryFolder(), "lines")
  await writeFile(file, Array.from({ length: 6_000 }, (_, i) => line({ text: `${i}` })).join("\n"))
  const batches: number[] = []
  const control = {
    url: "",
    async ask(command: { lines: unknown[] }) {
      batches.push(command.lines.length)
      if (batches.length > 4) await Bun.sleep(120)
      return { added: command.lines.length, known: 0, refused: [] }
    },
    async close() {},
  } as unknown as Control
  expect(await importFile(file, control, { progress() {}, refuse() {} })).toMatchObject({ added: 6_000 })
  expect(Math.max(...batches.slice(0, 4))).toBeGreaterThan(batches[0]!)
  expect(batches.at(-2)).toBe(batches[0]!)
  await rm(dirname(file), { recursive: true })
})

test("where the shortest batch takes long, too, the others are not kept as short", async () => {
  const file = join(await temporaryFolder(), "lines")
  await writeFile(file, Array.from({ length: 3_000 }, (_, i) => line({ text: `${i}` })).join("\n"))
  const batches: number[] = []
  const control = {
    url: "",
    async ask(command: { lines: unknown[] }) {
      batches.push(command.lines.length)
      await Bun.sleep(150)
      return { added: command.lines.length, known: 0, refused: [] }
    },
    async close() {},
  } as unknown as Control
  await importFile(file, control, { progress() {}, refuse() {} })
  expect(Math.max(...batches)).toBeGreaterThan(2 * batches[0]!)
  await rm(dirname(file), { recursive: true })
})

test("a batch that is not taken is asked once, and ends it", async () => {
  const file = join(await temporaryFolder(), "lines")
  await writeFile(file, Array.from({ length: 1_500 }, (_, i) => line({ text: `${i}` })).join("\n"))
  let asked = 0
  const control = {
    url: "",
    async ask() {
      asked++
      throw new Refusal("try_again", "Not now.")
    },
    async close() {},
  } as unknown as Control
  await expect(importFile(file, control, { progress() {}, refuse() {} })).rejects.toThrow("Not now.")
  expect(asked).toBe(1)
  await rm(dirname(file), { recursive: true })
})

const bytesOf = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))))

test("a line that is not UTF-8 is told by its number and not taken, whatever is wrong with it", async () => {
  await using app = await openApp()
  const said = (...bytes: number[]) => bytesOf('{"room":"a","author":"b","at":1570472456,"text":"x', bytes, '"}')
  const bad: [string, number[]][] = [
    ["a letter of ISO 8859-1", [0xe9]],
    ["a quotation mark of Windows", [0x93]],
    ["a letter written longer than need be", [0xc1, 0xa9]],
    ["half a pair", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf5, 0x80, 0x80, 0x80]],
    ["cut off", [0xe2, 0x82]],
    ["a sign that goes on with nothing", [0x80]],
  ]
  for (const [what, bytes] of bad) {
    const file = bytesOf(line({ text: what }), [10], [...said(...bytes)], [10], line({ text: `after ${what}` }))
    const { added, refused } = await load(app, file)
    expect([what, added, refused]).toEqual([what, 2, [[2, expect.stringMatching(/^it is not UTF-8/)]]])
  }
  for (let at = 1; at < 6; at++) {
    // cut anywhere, a sign of several bytes is one
    const said = `{"padding":"${"x".repeat(65_536 - 18 - at)}語😀","room":"cut","author":"ann","at":1570472456,"text":"${at}"}`
    const { added } = await load(app, said)
    expect(added).toBe(1)
  }
  expect((await load(app, bytesOf([0xe9], line()))).refused).toEqual([[1, expect.stringMatching(/not UTF-8/)]])
})

/** Files that are no lines of UTF-8: what is said that they are, and what is to be done. */
function otherForms(): [what: string, remedy: string, file: Buffer][] {
  const text = `${line()}\n${line({ text: "more" })}\n`
  const wide = (of: string, big: boolean) =>
    Buffer.concat([...of].map((one) => Buffer.from(big ? [0, 0, 0, one.charCodeAt(0)] : [one.charCodeAt(0), 0, 0, 0])))
  const narrow = (of: string, big: boolean) => {
    const little = Buffer.from(of, "utf16le")
    return big ? little.swap16() : little
  }
  const mark = Buffer.from("\ufeff")
  const pretty = JSON.stringify(JSON.parse(line()), null, 2)
  const array = `[${line()},\n${line()}]\n`
  const chinese = line({ text: "一二三四五六七八九十".repeat(30) })
  /** As noise as what is packed or drawn looks. */
  const noise = Buffer.concat(Array.from({ length: 400 }, (_, i) => createHash("sha256").update(`${i}`).digest()))
  const tar = Buffer.alloc(1_024)
  tar.write("lines.jsonl")
  tar.write("0000644\0", 100)
  const old = Buffer.concat([tar, Buffer.from(text)])
  tar.write("ustar", 257)
  return [
    ["UTF-16", "iconv -f UTF-16 ", narrow(`\ufeff${text}`, false)],
    ["UTF-16", "iconv -f UTF-16 ", narrow(`\ufeff${text}`, true)],
    ["UTF-16", "iconv -f UTF-16LE ", narrow(chinese, false)],
    ["UTF-16", "iconv -f UTF-16BE ", narrow(chinese, true)],
    ["UTF-16", "iconv -f UTF-16LE ", gzipSync(narrow(text, false))],
    ["UTF-32", "iconv -f UTF-32BE ", wide(text, true)],
    ["UTF-32", "iconv -f UTF-32LE ", wide(text, false)],
    ["UTF-32", "iconv -f UTF-32 ", Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), wide(text, false)])],
    ...["\n\n", "  ", "["].flatMap((before): [string, string, Buffer][] => [
      ["UTF-16LE", "iconv", narrow(before + text, false)],
      ["UTF-16BE", "iconv", narrow(before + text, true)],
    ]),
    ["gzip twice", "zcat", gzipSync(gzipSync(text))],
    ["zip", "unzip -p", bytesOf([0x50, 0x4b, 3, 4, 20, 0], text)],
    ["zip", "unzip -p", bytesOf([0x50, 0x4b, 5, 6], Array(18).fill(0))],
    ["bzip2", "bzcat", bytesOf("BZh9", [0x31, 0x41], [...noise])],
    ["xz", "xzcat", bytesOf([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], [...noise])],
    ["lzma", "xzcat", bytesOf([0x5d, 0, 0, 0x80, 0], Array(8).fill(0xff), [0], [...noise])],
    ["zstd", "zstdcat", bytesOf([0x28, 0xb5, 0x2f, 0xfd], [...noise])],
    ["lz4", "lz4cat", bytesOf([0x04, 0x22, 0x4d, 0x18], [...noise])],
    ["compress", "zcat", bytesOf([0x1f, 0x9d, 0x90], [...noise])],
    ["7z", "7z x -so", bytesOf([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], [...noise])],
    ["rar", "unrar p -inul", bytesOf("Rar!", [0x1a, 7, 1, 0], [...noise])],
    ["tar", "tar -xO", Buffer.concat([tar, Buffer.from(text)])],
    ["tar", "tar -xO", gzipSync(Buffer.concat([tar, Buffer.from(text)]))],
    ["SQLite", "sqlite3", bytesOf("SQLite format 3\0", [16, 0, 1, 1, 0, 64, 32, 32], [...noise])],
    ["PDF", "a JSON object each", bytesOf("%PDF-1.7\n%", [0xe2, 0xe3, 0xcf, 0xd3, 10], "1 0 obj")],
    ["no text", '"file"', old],
    ["no text", '"file"', noise],
    ["no text", '"file"', bytesOf([0x89], "PNG\r\n", [0x1a], "\n", [0, 0, 0, 13], "IHDR", [0, 0, 4, 0], [...noise])],
    ["array", "jq -c '.[]'", Buffer.from(array)],
    ["array", "jq -c '.[]'", Buffer.from(`\n  [\n${line()}]\n`)],
    ["array", "jq -c '.[]'", Buffer.from(`[\r\n  ${line()}]`)],
    ["array", "jq -c '.[]'", Buffer.concat([mark, Buffer.from(array)])],
    ["array", "jq -c '.[]'", gzipSync(Buffer.concat([mark, Buffer.from(`[\n${line()},\n${line()}\n]`)]))],
    ["several lines", "jq -c .", Buffer.from(pretty)],
    ["several lines", "jq -c .", Buffer.concat([mark, Buffer.from(`\r\n${pretty.replaceAll("\n", "\r\n")}`)])],
  ]
}

test("a file in another form is refused once, as a whole, by what it is and what to do", async () => {
  await using app = await openApp()
  for (const [what, remedy, file] of otherForms()) {
    const { added, refused } = await load(app, file)
    expect([what, added, refused]).toEqual([
      what,
      0,
      [[1, expect.stringMatching(new RegExp(`^nor is any other: the file is .*${what}`))]],
    ])
    expect(refused[0]![1]).toContain(remedy)
  }
})

test("a file of lines is read by its lines, though some are none and look like another form", async () => {
  await using app = await openApp()
  for (const [i, first] of [
    "[12:00:01] <ann> hi",
    "[ann] hi",
    "[2019-10-07] *** joined",
    "\x1b[31mred\x1b[0m",
    "a\0b",
    "{}",
  ].entries()) {
    const { added, refused } = await load(app, `${first}\n${line({ text: `${i}` })}`)
    expect([first, added, refused.map(([number]) => number)]).toEqual([first, 1, [1]])
    expect(refused[0]![1]).toMatch(/^it is not JSON|is not text/)
  }
})

test("times that no chat has are refused in words, and seconds and millionths are known", () => {
  const at = (value: unknown) => {
    const parsed = parseLine(line({ at: value }), new Tally())
    return typeof parsed === "string" ? parsed : new Date(parsed.at).toISOString()
  }
  for (const value of [
    1_570_472_456,
    1_570_472_456_000,
    1_570_472_456_000_000,
    "2019-10-07T18:20:56Z",
    "2019-10-07T18:20:56",
    "2019-10-07 18:20:56",
    "2019-10-07T20:20:56+02:00",
  ])
    expect([value, at(value)]).toEqual([value, "2019-10-07T18:20:56.000Z"])
  expect(at("1570472456.789000")).toBe("2019-10-07T18:20:56.789Z")
  expect(at("Mon, 07 Oct 2019 18:20:56 +0000")).toBe("2019-10-07T18:20:56.000Z")
  expect(at("Mon Oct 07 2019 20:20:56 GMT+0200 (CEST)")).toBe("2019-10-07T18:20:56.000Z")
  for (const value of ["2019-10-07 18:20:56 +0000 UTC", "2019-10-07T18:20:56z", "2019-10-07 14:20:56.000-04"])
    expect([value, at(value)]).toEqual([value, "2019-10-07T18:20:56.000Z"])
  expect(at("07 Oct 2019 23:50:56 +0530")).toBe("2019-10-07T18:20:56.000Z")
  expect(at("2019-10-07")).toBe("2019-10-07T00:00:00.000Z")
  expect(at("2019-10")).toBe("2019-10-01T00:00:00.000Z")
  expect(at("2020-02-29T24:00:00Z")).toBe("2020-03-01T00:00:00.000Z")
  for (const value of ["07/10/2019", "10/7/2019 18:20", "Oct 7 2019", "7 October", "18:20", "2019", "20191007", "now"])
    expect([value, at(value)]).toEqual([value, expect.stringContaining("not a time")])
  expect(at(1_570_472_456.789)).toBe("2019-10-07T18:20:56.789Z")
  expect(at(Date.now() + 60_000)).toStartWith("20")
  for (const value of [Date.now() + 2 * 86_400_000, "2999-01-01T00:00:00Z", 4e9 * 1000, 1e14 - 1])
    expect(at(value)).toMatch(/in the future/)
  for (const value of [-1, "1969-12-31T23:59:59Z", -1_570_472_456]) expect(at(value)).toMatch(/before 1970/)
})

test("numbers that count something else are not taken for times", () => {
  const at = (value: unknown) => parseLine(line({ at: value }), new Tally())
  const others: [string, number][] = [
    ["none", 0],
    ["a place in a list", 17],
    ["a day in digits", 20191007],
    ["a minute in digits", 201910071820],
    ["a minute in digits, with two for the year", 3510071820],
    ["a day of a spreadsheet", 43745.76],
    ["seconds since 1970 of another century", 4_102_444_800],
    ["ticks of .NET", 637_060_692_560_000_000],
    ["a file's time in Windows", 132_149_460_560_000_000],
    ["a message's time at Apple's", 592_165_256_000_000_000],
    ["a message's time in Chrome", 13_214_946_056_000_000],
    ["a second in digits and more", 20191007182056_000],
    ["beyond all", 1e300],
  ]
  for (const [what, value] of others)
    expect([what, at(value)]).toEqual([
      what,
      expect.stringMatching(/no count of seconds or milliseconds since 1970.*2019-10-07T/),
    ])
  expect(at("637060692560000000")).toContain("no count of seconds")
  const read = [1e8, 1_570_472_456.789, 1_570_472_456_789, 1_570_472_456_789_000, 1_570_472_456_789_000_000].map(
    (value) => (at(value) as { at: number }).at,
  )
  expect(read).toEqual([1e11, ...Array(4).fill(1_570_472_456_789)])
})

test("a time is the same on each machine, or is none; and so is a day that no month has", () => {
  const read = (value: string) => {
    const parsed = parseLine(line({ at: value }), new Tally())
    return typeof parsed === "string" ? "none" : parsed.at
  }
  const unclear = ["6:20 PM", "6:20", "(Mon) 18:20", "18:20:56 EST", "18:20:56 CEST"].map(
    (clock) => `2019-10-07 ${clock}`,
  )
  const noDay = ["2019-02-30T00:00:00Z", "2019-02-29", "1900-02-29", "2019-06-31 10:00:00", "31 Jun 2019 10:00:00 GMT"]
  const noTime = [
    "2019-10-07T18:60:00Z",
    "2019-10-07T24:00:01Z",
    "2019-10-07T18:20:56+25:00",
    "2019-13-01",
    "2019-10-00",
  ]
  for (const value of [
    ...unclear,
    ...noDay,
    ...noTime,
    "2019-10-7",
    "2019-10T18:20",
    "2019-10 5",
    "07 Foo 2019 18:20:56 GMT",
  ])
    expect([value, read(value)]).toEqual([value, "none"])
  const zone = process.env.TZ
  try {
    for (const there of ["UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Apia"]) {
      process.env.TZ = there
      for (const value of ["2019-10-07 18:20", "2019-10-07T18:20:56.5", "2019-10-07", "Mon, 07 Oct 2019 18:20:56 GMT"])
        expect(new Date(read(value)).toISOString()).toStartWith("2019-10-07T")
      expect(read("2019-10-07 18:20:56")).toBe(Date.UTC(2019, 9, 7, 18, 20, 56))
    }
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

test("half a character is damage from before, and is not taken", () => {
  for (const part of [{ text: "a\ud800b" }, { author: "\udc00" }, { room: "x\udbff" }])
    expect(parseLine(line(part), new Tally())).toMatch(/half a character/)
})

test("a control character is damage from before, and is not taken; nor would it be kept as it is", () => {
  const read = (part: object) => parseLine(line(part), new Tally())
  for (const field of ["text", "author", "room"]) {
    for (const sign of ["\u0092", "\u0080", "\u0085", "\u009f"])
      expect(read({ [field]: `it${sign}s` })).toMatch(
        new RegExp(`^"${field}" has U\\+00[89]\\w in it.*Windows-1252.*Latin-1`),
      )
    for (const sign of ["\0", "\b", "\f", "\u001b[31m", "\u0003", "\u007f"])
      expect(read({ [field]: `a${sign}b` })).toMatch(
        new RegExp(`^"${field}" has U\\+00[017]\\w in it, a control character`),
      )
  }
  expect(read({ text: "a\u001bb\u0092" })).toContain("U+001B")
  for (const text of ["one\ttwo\nthree\r\nfour\r", "it\u2019s\u00a0\u00ad\u200d", "\ufffd"])
    expect(read({ text })).toMatchObject({ text })
})

test("days that are older than what a room held are counted, those after it are not", async () => {
  await using app = await openApp()
  const days = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => line({ at: Date.UTC(2019, 9, from + i, 12), text: `${from} ${i}` })).join(
      "\n",
    )
  const late = async (content: string) => {
    const file = join(app.config.dataDir, "late")
    await writeFile(file, content)
    const control: Pick<Control, "ask"> = {
      ask: async (command) => (await perform(app, operator, command)).answer,
    }
    return (await importFile(file, control, { progress() {}, refuse() {} })).late
  }
  expect(await late(days(10, 5))).toBe(0)
  expect(await late(days(15, 5))).toBe(0)
  expect(await late(days(1, 7))).toBe(7)
  expect(await late(days(1, 7))).toBe(0) // they are here by now
  expect(await late(days(19, 2))).toBe(0)
  expect(await late(line({ room: "new one" }))).toBe(0)
})

test("a file that begins with a byte order mark is read like any other", async () => {
  await using app = await openApp()
  expect(await load(app, `\ufeff${line()}`)).toMatchObject({ added: 1, refused: [] })
})

describe("a line", () => {
  test.each([
    ["2019-10-07T18:20:56Z", Date.UTC(2019, 9, 7, 18, 20, 56)],
    ["2019-10-07T18:20:56+02:00", Date.UTC(2019, 9, 7, 16, 20, 56)],
    ["2019-10-07T18:20:56.789Z", Date.UTC(2019, 9, 7, 18, 20, 56, 789)],
    [1_570_472_456_000, 1_570_472_456_000],
    [1_570_472_456_000.9, 1_570_472_456_000],
  ])("was said at %s", (at, time) => expect(parseLine(line({ at }), new Tally())).toMatchObject({ at: time }))

  test.each([
    ["", "it is not JSON"],
    ["{", "it is not JSON"],
    ["5", "it is not a JSON object"],
    ["null", "it is not a JSON object"],
    [line({ room: 1 }), '"room" is not text'],
    [line({ author: null }), '"author" is not text'],
    [line({ text: ["x"] }), '"text" is not text'],
    [line({ at: "yesterday" }), '"at" is not a time'],
    [line({ at: null }), '"at" is not a time'],
    [line({ at: "" }), '"at" is not a time'],
  ])("%s is not taken, and it says why", (text, reason) => expect(parseLine(text, new Tally())).toStartWith(reason))

  test("has a nonce made of all that it says, so that no two share one", () => {
    const alike = new Tally()
    const lines = [{}, {}, { text: "other" }, { author: "other" }, { room: "other" }, { at: DAY }]
    const nonces = lines.map((part) => (parseLine(line(part), alike) as { nonce: string }).nonce)
    expect(new Set(nonces).size).toBe(lines.length)
    for (const nonce of nonces) expect(nonce).toMatch(/^[\x21-\x7e]{1,100}$/)
  })
})

test("a time that is as long as a line is none, and is known for none at once", () => {
  for (const unit of ["Mon 2019 ", "Jan ", "2019 ", "2019-10-07T", "1", "0.", "Mon, 07 Oct 2019 18:20:56 "]) {
    const { user } = process.cpuUsage()
    const at = unit.repeat(100_000 / unit.length)
    expect(parseLine(line({ at }), new Tally())).toContain("is not a time")
    expect([unit, (process.cpuUsage().user - user) / 1_000 < 100]).toEqual([unit, true]) // by the cube it would be days
  }
})
