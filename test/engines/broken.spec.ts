// Browsers in which something is not as it should be: the page lives all the same, and says what is not safe.
import { expect, test } from "./story.ts"

test("a system whose time zone is none that there is: all works, and times are those of some zone", async ({
  person,
  ann,
}) => {
  test.slow() // three browsers begin, one for each zone
  const said: string[] = []
  for (const [name, zone] of Object.entries({ Cleo: "Etc/Unknown", Dan: "Foo/Bar", Eve: "UTC+3" }))
    await test.step(zone, async () => {
      const other = await person(name, { zone })
      await other.comeIn()
      said.push(`Lunch in ${zone}?`)
      await ann.say(said.at(-1)!)
      await other.hears(...said)
      said.push(`At one in ${zone}`)
      await other.say(said.at(-1)!)
      for (const one of [ann, other]) await one.hears(...said)
      expect(await other.draft()).toBe("")
      const times = await other.tab.ask(() =>
        Array.from(document.querySelectorAll("[role=log] article time"), (time) => time.getAttribute("title") ?? ""),
      )
      expect(times).toEqual(said.map(() => expect.stringMatching(/\d:\d\d/)))
    })
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
