// On a disk with a will of its own (test/faults/disk.c), in a process of its own: what happens when, and in which order it
// reaches the disk.
import { Database } from "bun:sqlite"
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test"
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { diskLibrary, moods } from "../../../test/faults/disk.ts"
import { temporaryFolder } from "../../../test/world.ts"
import { Wal } from "./wal.ts"

setDefaultTimeout(20_000) // long logs are written

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a program with `db`, `add`, `count` and `mood` at hand; answers what it said, and what it wrote to the log. */
async function onDisk(program: string, status = 0): Promise<{ said: unknown[]; log: string }> {
  const [mood, record] = [join(folder, "mood"), join(folder, "record")]
  writeFileSync(mood, "\0")
  const code = `
    const { writeFileSync, openSync, writeSync, statSync } = await import("node:fs")
    const { openSqlite } = await import(${JSON.stringify(join(import.meta.dirname, "sqlite.ts"))})
    const file = openSync(${JSON.stringify(mood)}, "r+")
    const moods = ${JSON.stringify(moods)}
    const mood = (name) => writeSync(file, Uint8Array.of(moods[name]), 0, 1, 0)
    const say = (value) => console.log(JSON.stringify(value))
    const recorded = () => statSync(${JSON.stringify(record)}).size
    const database = ${JSON.stringify(join(folder, "parlour.db"))}
    const db = await openSqlite(database)
    const add = (name) => db.tx((sql) => sql\`insert into things (name) values (\${name})\`).then(() => "said", (error) => error.message)
    const count = async () => (await db.sql\`select count(*) as count from things\`)[0].count
    const begin = () => db.tx((sql) => sql\`create table things (id integer primary key, name text)\`)
    ${program}`
  const child = Bun.spawn([process.execPath, "-e", code], {
    env: { ...process.env, LD_PRELOAD: diskLibrary(), PARLOUR_DISK: mood, PARLOUR_RECORD: record },
    stdout: "pipe",
    stderr: "pipe",
  })
  const [out, log] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect(await child.exited, log).toBe(status)
  return {
    said:
      out.trim() === ""
        ? []
        : out
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
    log,
  }
}

/** What reached the log of the database, in order. `end` is where in the record it stands. */
function reached(): { what: "write" | "sync"; end: number }[] {
  const record = readFileSync(join(folder, "record"))
  const entries: ReturnType<typeof reached> = []
  for (let i = 0; i + 32 <= record.length; ) {
    const [what, file] = [...record.toString("latin1", i + 8, i + 10)]
    i += 32 + (what === "w" ? Number(record.readBigUInt64LE(i + 24)) : 0)
    if (file === "w" && what !== "t") entries.push({ what: what === "s" ? "sync" : "write", end: i })
  }
  return entries
}

test("what is answered is on disk: nothing that was written before stands after the last sync", async () => {
  const { said } = await onDisk(`
    await begin()
    for (let i = 0; i < 20; i++) {
      await Promise.all([add("one"), add("two"), add("three")])
      say(recorded())
    }
    await db.close()`)
  const entries = reached()
  for (const end of said as number[]) expect(entries.findLast((one) => one.end <= end)?.what).toBe("sync")
  expect(new Set(said).size).toBe(20)
})

test("so it is when others have the database open too, and carry its log over between our commits", async () => {
  const { said } = await onDisk(`
    const { Database } = await import("bun:sqlite")
    await begin()
    const beside = new Database(database)
    for (let i = 0; i < 10; i++) {
      beside.run("pragma wal_checkpoint(passive)")
      await add("of one length")
      say(recorded())
    }
    beside.close()
    await db.close()`)
  const entries = reached()
  for (const end of said as number[]) expect(entries.findLast((one) => one.end <= end)?.what).toBe("sync")
  expect(new Set(said).size).toBe(10)
})

test("and when its file is reached by a link: the log lies beside the file", async () => {
  const [link, file] = [join(folder, "parlour.db"), join(folder, "elsewhere.db")]
  symlinkSync(file, link)
  for (const round of [1, 2]) {
    const { said } = await onDisk(`
      await begin().catch(() => {})
      say(await add("one"))
      say(await count())
      say(statSync(${JSON.stringify(`${file}-wal`)}).size > 0)
      await db.close()`)
    expect(said).toEqual(["said", round, true])
  }
  expect(existsSync(`${link}-wal`)).toBe(false)
})

test("while a commit is not on disk nobody sees it, and others read and are declined; what the system forgot is written again", async () => {
  const { said, log } = await onDisk(
    `
    await begin()
    await add("one")
    const log = ${JSON.stringify(join(folder, "parlour.db-wal"))}
    const before = statSync(log).size
    mood("no sync")
    const answer = add("two")
    let answered = false
    answer.then(() => (answered = true))
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve)) // or they would share the commit
    say({ three: await add("three"), count: await count(), answered })
    const length = statSync(log).size - before
    writeSync(openSync(log, "r+"), new Uint8Array(length), 0, length, before)
    mood("fine")
    say({ two: await answer, count: await count(), three: await add("three") })
    process.kill(process.pid, "SIGKILL")`,
    137,
  )
  expect(said).toEqual([
    { three: expect.stringMatching(/nothing was done/), count: 1, answered: false },
    { two: "said", count: 2, three: "said" },
  ])
  expect(log.match(/cannot be written/g)).toHaveLength(1)
  expect(log).toContain("can be written again")
  expect((await onDisk("say(await count()); await db.close()")).said).toEqual([3])
})

test("whoever waits for a disk that takes nothing is told so in the end, and Parlour can be stopped", async () => {
  const { said } = await onDisk(`
    await begin()
    mood("no sync")
    say(await add("one"))
    await db.close()
    process.exit(0)`)
  expect(said).toEqual([expect.stringMatching(/does not know yet whether this was kept/)])
}, 20_000)

test("what a process that was killed left in the log is on disk before anyone reads it", async () => {
  await onDisk(
    `
    await begin()
    await add("one")
    process.kill(process.pid, "SIGKILL")`,
    137,
  )
  expect(statSync(join(folder, "parlour.db-wal")).size).toBeGreaterThan(0)
  await rm(join(folder, "record"))
  const { said } = await onDisk("say(await count()); await db.close()")
  expect(said).toEqual([1])
  expect(reached()[0]).toMatchObject({ what: "sync" })
})

test("a long log is carried into the database and begins at its front again", async () => {
  const { said } = await onDisk(`
    await begin()
    for (let i = 0; i < 50; i++) await add("x".repeat(1_000_000))
    say(await count())
    say([statSync(database).size, statSync(${JSON.stringify(join(folder, "parlour.db-wal"))}).size])
    await db.close()`)
  const [count, [database, log]] = said as [number, [number, number]]
  expect(count).toBe(50)
  expect(log).toBeLessThan(25_000_000)
  expect(database).toBeGreaterThan(25_000_000)
  expect(existsSync(join(folder, "parlour.db-wal"))).toBe(false)
})

test("while somebody waits for the next commit, only a long log is carried over; otherwise a shorter one, too", async () => {
  const path = join(folder, "parlour.db")
  const writer = new Database(path)
  writer.run("pragma journal_mode = wal")
  writer.run("pragma page_size = 4096")
  writer.run("create table things (name text)")
  const wal = await Wal.of(writer, path)
  const write = async (bytes: number) => {
    writer.run("insert into things (name) values (?)", ["x".repeat(bytes)])
    await wal.sync((error) => {
      throw error
    })
  }
  await write(6_000_000)
  const sizes = [statSync(path).size]
  for (const isAwaited of [true, false]) {
    await wal.carry(isAwaited)
    sizes.push(statSync(path).size)
  }
  await write(20_000_000)
  await wal.carry(true)
  sizes.push(statSync(path).size)
  await wal.close()
  writer.close()
  expect(sizes[0]).toBeLessThan(10_000)
  expect(sizes[1]).toBe(sizes[0]!)
  expect(sizes[2]).toBeGreaterThan(6_000_000)
  expect(sizes[3]).toBeGreaterThan(26_000_000)
})

test("a log that someone outside reads for long grows, is carried over when they are gone, and begins at its front again", async () => {
  const { said } = await onDisk(`
    const { Database } = await import("bun:sqlite")
    await begin()
    const log = () => statSync(${JSON.stringify(join(folder, "parlour.db-wal"))}).size
    const outside = new Database(database)
    outside.run("begin")
    outside.query("select * from things").all()
    for (let i = 0; i < 50; i++) await add("x".repeat(1_000_000))
    const most = log()
    outside.run("commit")
    outside.close()
    for (let i = 0; i < 30; i++) await add("x".repeat(1_000_000))
    say([most, log(), await count()])
    await db.close()`)
  const [[most, log, count]] = said as [[number, number, number]]
  expect(most).toBeGreaterThan(50_000_000)
  expect(log).toBeLessThan(most + 20_000_000) // the file keeps its greatest length, and is written anew from its front
  expect(count).toBe(80)
})

test("one read that fails is one read that fails", async () => {
  const { said } = await onDisk(`
    ${MUCH}
    mood("no read")
    say(typeof (await scan()))
    mood("fine")
    for (let i = 0; i < 5; i++) await turn()
    say([typeof (await scan()), await add("after")])
    process.exit(0)`)
  expect(said).toEqual(["string", ["number", "said"]])
})

test("when a read fails while a commit is on its way, it is answered all the same, and so is the next", async () => {
  const { said } = await onDisk(`
    ${MUCH}
    mood("slow")
    const one = add("one")
    await turn()
    await turn()
    mood("no read")
    await scan()
    mood("fine")
    say([await one, await add("two")])
    process.exit(0)`)
  expect(said).toEqual([["said", "said"]])
})

test("a read that fails while a commit is not on disk shows nobody that commit", async () => {
  const { said } = await onDisk(`
    ${MUCH}
    say(await newest())
    mood("no sync")
    add("not on disk")
    for (let i = 0; i < 5; i++) await turn()
    say(await newest())
    mood("no read, no sync")
    await scan()
    mood("no sync")
    say(await newest().catch((error) => error.code))
    process.exit(0)`)
  expect(said).toEqual([8, 8, "try_again"])
})

/** More than any cache holds, so that it has to be read. It was carried into the database, and the log has begun at its front. */
const MUCH = `
  await begin()
  for (let i = 0; i < 7; i++) await add("x".repeat(1_000_000))
  while (statSync(database).size < 7_000_000) await new Promise((resolve) => setTimeout(resolve, 1))
  await add("x")
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const scan = () => db.sql\`select sum(length(name)) as n from things\`.then(([row]) => row.n, (error) => error.code)
  const newest = async () => (await db.sql\`select max(id) as id from things\`)[0].id
  process.on("uncaughtException", (error) => say(error.message))`
