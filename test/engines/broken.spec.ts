// Browsers in which something is not as it should be: the page lives all the same, and says what is not safe.
import { expect, test } from "./story.ts"

for (const zone of ["Etc/Unknown", "Foo/Bar", "UTC+3"])
  test(`a system whose time zone is ${zone}: all works, and times are those of some zone`, async ({ person, ann }) => {
    const cleo = await person("Cleo", { zone })
    await cleo.comeIn()
    await ann.say("Lunch?")
    await cleo.hears("Lunch?")
    await cleo.say("At one")
    for (const one of [ann, cleo]) await one.hears("Lunch?", "At one")
    expect(await cleo.draft()).toBe("")
    const times = await cleo.tab.ask(() =>
      Array.from(document.querySelectorAll("[role=log] article time"), (time) => time.getAttribute("title") ?? ""),
    )
    expect(times).toEqual([expect.stringMatching(/\d:\d\d/), expect.stringMatching(/\d:\d\d/)])
  })

test("a disk that never answers: what is written is sent, and what is unsent is warned of", async ({
  person,
  ann,
  pane,
  place,
}) => {
  pane.breaks(() => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  })
  const cleo = await person("Cleo")
  await cleo.comeIn()
  await cleo.say("Lunch?")
  await ann.hears("Lunch?")
  await cleo.hears("Lunch?")
  await expect.poll(cleo.draft).toBe("")
  const warns = () =>
    cleo.tab.ask(() => {
      const leaving = new Event("beforeunload", { cancelable: true })
      dispatchEvent(leaving)
      return leaving.defaultPrevented
    })
  expect(await warns()).toBe(false)
  await place.kill()
  await cleo.say("to nobody")
  await expect.poll(cleo.waiting).toEqual(["to nobody"])
  expect(await warns()).toBe(true)
  await place.start()
  await ann.hears("Lunch?", "to nobody")
  await expect.poll(warns).toBe(false)
})
