// The client's promises about sending, held against a network and tabs that fail in every order.
import { expect, test } from "bun:test"
import fc from "fast-check"
import { HEALTHY, type Network, type PretendPlace, pretendPlace, TALK } from "./pretend-place.ts"

/** What must hold at any moment: nothing written is nowhere, and nothing looks said that is not. */
async function mustBeHonest(place: PretendPlace, written: string[]): Promise<void> {
  const kept = (await place.shelf.all()).map(({ text }) => text)
  const said = place.messages.map(({ text }) => text)
  expect(written.filter((text) => !kept.includes(text) && !said.includes(text))).toEqual([])
  for (const { shown } of place.tabs) for (const message of shown) expect(place.messages).toContainEqual(message)
}

async function heal(place: PretendPlace): Promise<void> {
  Object.assign(place.network, HEALTHY)
  if (place.tabs.length === 0) place.open()
  await place.browser.pass(120_000)
}

const texts = (place: PretendPlace) => place.messages.map(({ text }) => text)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), tab: fc.nat(2) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(30_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("network" as const),
      change: fc.record({
        sockets: fc.boolean(),
        streams: fc.boolean(),
        requests: fc.boolean(),
        answers: fc.boolean(),
      } satisfies Record<keyof Network, unknown>),
    }),
  },
  fc.record({ do: fc.constantFrom("heal" as const, "restart" as const, "open" as const) }),
  fc.record({ do: fc.constant("crash" as const), tab: fc.nat(2) }),
  fc.record({ do: fc.constant("sleep" as const), ms: fc.nat(90_000_000) }),
  fc.record({ do: fc.constant("jump" as const), ms: fc.integer({ min: -4e11, max: 4e11 }) }),
)

for (const locks of [true, false])
  test(`whatever fails, in whatever order, ${locks ? "" : "without locks, "}all is said once and in order`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: "max" }), async (steps) => {
        const place = pretendPlace({ locks })
        const { browser, tabs, network } = place
        const written: string[] = []
        place.open()
        for (const one of steps) {
          switch (one.do) {
            case "write": {
              if (tabs.length === 0) break
              const text = `message ${written.length + 1}`
              await tabs[one.tab % tabs.length]!.outbox.add(TALK, text)
              written.push(text)
              break
            }
            case "pass":
              await browser.pass(one.ms)
              break
            case "network":
              Object.assign(network, one.change)
              break
            case "heal":
              Object.assign(network, HEALTHY)
              break
            case "restart":
              place.restart()
              break
            case "open":
              if (tabs.length < 3) place.open()
              await browser.pass(0)
              break
            case "crash":
              if (tabs.length > 0) tabs[one.tab % tabs.length]!.crash()
              break
            case "sleep":
              browser.sleep(one.ms)
              break
            case "jump":
              browser.jump(one.ms)
          }
          await mustBeHonest(place, written)
        }
        await heal(place)
        expect(texts(place)).toEqual(written)
        for (const tab of tabs) expect([tab.outbox.sending(TALK.id), tab.link()]).toEqual([[], "fine"])
        expect(await place.shelf.all()).toEqual([])
      }),
      { numRuns: 150 },
    )
  }, 60_000)

test("after a crash in mid-sentence the next page sends it again with the same nonce, and it stands once", async () => {
  const place = pretendPlace()
  const tab = place.open()
  await place.browser.pass(100)
  place.network.answers = false
  await tab.outbox.add(TALK, "hello")
  await place.browser.pass(10)
  tab.crash()
  place.network.answers = true
  place.open()
  await place.browser.pass(1_000)
  expect(place.arrived).toHaveLength(2)
  expect(new Set(place.arrived).size).toBe(1)
  expect(texts(place)).toEqual(["hello"])
})

test("a tab that dies in mid-sentence is followed at once by the next in line, which until then sends nothing", async () => {
  const place = pretendPlace()
  const [first, second] = [place.open(), place.open()]
  await place.browser.pass(100)
  place.network.answers = false
  await first.outbox.add(TALK, "hello")
  await place.browser.pass(5_000)
  expect(place.arrived).toHaveLength(1)
  place.network.answers = true
  first.crash()
  await place.browser.pass(100)
  expect(place.arrived).toHaveLength(2)
  expect(second.outbox.sending(TALK.id)).toEqual([])
  expect(texts(place)).toEqual(["hello"])
})

test("while all is well, two tabs say each thing once, on the wire too", async () => {
  const place = pretendPlace()
  const tabs = [place.open(), place.open()]
  await place.browser.pass(100)
  for (let count = 0; count < 20; count++) {
    await tabs[count % 2]!.outbox.add(TALK, `${count}`)
    if (count % 3 === 0) await place.browser.pass(15)
  }
  await place.browser.pass(2_000)
  expect(texts(place)).toEqual(Array.from({ length: 20 }, (_, count) => `${count}`))
  expect(place.arrived).toHaveLength(20)
})

test("what is said while the line waits for its next try brings the line with it", async () => {
  for (let away = 60_000; away < 75_000; away += 1_000) {
    const place = pretendPlace()
    const tab = place.open()
    const { answer } = place.browser
    await place.browser.pass(100)
    place.network.sockets = false
    place.browser.answer = () => {
      throw new TypeError("Failed to fetch")
    }
    place.restart(1006)
    await place.browser.pass(away)
    Object.assign(place.network, HEALTHY)
    place.browser.answer = answer
    await tab.outbox.add(TALK, "hello")
    await place.browser.pass(500)
    expect([away, texts(place), tab.link()]).toEqual([away, ["hello"], "fine"])
  }
})

test("an answer lost on one transport is fetched over another, with the same nonce", async () => {
  const place = pretendPlace()
  const tab = place.open()
  await place.browser.pass(100)
  place.network.answers = false
  await tab.outbox.add(TALK, "hello")
  await place.browser.pass(100)
  Object.assign(place.network, { answers: true, sockets: false })
  place.restart(1006)
  await place.browser.pass(30_000)
  expect(tab.link()).toBe("fine")
  expect(tab.outbox.sending(TALK.id)).toEqual([])
  expect(new Set(place.arrived).size).toBe(1)
  expect(texts(place)).toEqual(["hello"])
})
