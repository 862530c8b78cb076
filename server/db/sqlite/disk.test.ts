// A disk that can take no more, by the system's own limit on the size of a file: it reaches a process the way a full or
// failing disk does, as a write that fails.
import { expect, test } from "bun:test"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder } from "../../../test/world.ts"

/** Fills the database until a write fails, reads, and writes again once there is room. */
const PROGRAM = `
  const { openSqlite } = await import(process.argv[1])
  const db = await openSqlite(process.argv[2])
  await db.tx((sql) => sql\`create table things (id integer primary key, name text)\`)
  const say = (value) => console.log(JSON.stringify(value))
  let kept = 0
  try {
    for (; kept < 10_000; kept++) await db.tx((sql) => sql\`insert into things (name) values (\${"x".repeat(2_000)})\`)
  } catch (error) {
    say({ code: error.code, name: error.constructor.name })
  }
  const count = async () => (await db.sql\`select count(*) as count from things\`)[0].count
  say({ kept, found: await count() })
  const refused = await db.tx((sql) => sql\`insert into things (name) values (\${"y".repeat(2_000)})\`).then(() => "said", (error) => error.code)
  say({ refused })
  await Bun.$\`prlimit --pid \${process.pid} --fsize=unlimited:unlimited\`.quiet()
  await db.tx((sql) => sql\`insert into things (name) values ('after')\`)
  say({ found: await count() })
  await db.close()
`

test("a full disk answers nothing as done, keeps reading possible, and is over when there is room", async () => {
  const folder = await temporaryFolder()
  const process_ = Bun.spawn(
    [
      "sh",
      "-c",
      `trap "" XFSZ; ulimit -S -f 3000; exec "$@"`,
      "sh",
      process.execPath,
      "-e",
      PROGRAM,
      join(import.meta.dirname, "sqlite.ts"),
      join(folder, "full.db"),
    ],
    { stdout: "pipe", stderr: "pipe" },
  )
  const [out, log] = await Promise.all([new Response(process_.stdout).text(), new Response(process_.stderr).text()])
  expect(await process_.exited, log).toBe(0)
  const [failed, during, again, after] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(failed).toEqual({ code: "try_again", name: "Refusal" })
  expect(during.kept).toBeGreaterThan(50)
  expect(during.found).toBe(during.kept)
  expect(again).toEqual({ refused: "try_again" })
  expect(after.found).toBe(during.kept + 1)
  expect(log.match(/cannot be written/g)).toHaveLength(1)
  expect(log).toContain("can be written again")
  await rm(folder, { recursive: true, force: true })
})
