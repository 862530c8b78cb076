// Coming back to where one was in the conversation.
import { expect, type Person, test } from "./story.ts"

const past = Array.from({ length: 200 }, (_, index) => ({
  room: "talk",
  author: ["Dora", "Emil"][index % 2] as string,
  at: Date.UTC(2026, 0, 1) + index * 60_000,
  text: `line ${index + 1}`,
}))

/** The first message in view, and where it stands. */
const inView = ({ tab }: Person) =>
  tab.ask(() => {
    const { top } = document.querySelector("#timeline")!.getBoundingClientRect()
    const rows = [...document.querySelectorAll("#timeline article")]
    const row = rows.find((row) => row.getBoundingClientRect().bottom > top + 5)
    return { id: row?.id ?? "", top: Math.round(row?.getBoundingClientRect().top ?? 0) }
  })

test("scrolled up, one is where one was after loading the page anew, and after going back", async ({ place, ann }) => {
  await place.import(past)
  await ann.visit("/chat/talk/")
  await ann.comesAlive()
  const newest = await inView(ann)
  await ann.tab.ask(() => {
    document.querySelector("#timeline")!.scrollTop -= 900
  })
  await expect.poll(() => ann.words(".jump")).toHaveLength(1)
  await expect.poll(async () => (await inView(ann)).id).not.toBe(newest.id)
  // Until older messages have come, and nothing moves any more.
  let [before, last] = [await inView(ann), ""]
  for (; last !== JSON.stringify(before); before = await inView(ann)) {
    last = JSON.stringify(before)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  const isThere = async () => {
    await ann.comesAlive()
    await expect.poll(async () => (await inView(ann)).id).toBe(before.id)
    expect(Math.abs((await inView(ann)).top - before.top)).toBeLessThan(3)
  }
  await ann.tab.reload()
  await isThere()
  await ann.visit("/chat/")
  await ann.tab.back()
  await isThere()
  await ann.tab.reload()
  await isThere()
})
