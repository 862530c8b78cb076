import { expect, test } from "bun:test"
import { renderToString } from "preact-render-to-string"
import type { Author } from "../protocol/event.ts"
import { WhoIsHere, WhoIsTyping } from "./here.tsx"
import { NOW, people } from "./made-up.ts"
import type { Live, RoomSnapshot } from "./snapshot.ts"

const someone = (index: number): Author => ({ id: index + 1, name: people[index] ?? `person ${index + 1}` })
const crowd = (count: number): Author[] => Array.from({ length: count }, (_, index) => someone(index))
const live = (more: Partial<Live> = {}) => ({ link: "fine", typing: [], now: NOW, ...more }) as unknown as Live

const plain = (html: string) =>
  html
    .replaceAll(/<span class="avatar.*?<\/span>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
function head(
  here: Author[] | null,
  { count = here?.length ?? 0, members = 12, link }: { count?: number; members?: number; link?: Live["link"] } = {},
) {
  const snapshot = {
    members,
    me: someone(0),
    ...(here && { here: { kind: "here", room: 1, count, people: here } }),
  } as unknown as RoomSnapshot
  const html = renderToString(<WhoIsHere snapshot={snapshot} {...(link && { live: live({ link }) })} />)
  return { html, summary: plain(html.split("</summary>")[0]!), list: plain(html.split("</summary>")[1] ?? "") }
}

test("the head of a room says how many of its people are here, and names them below", () => {
  expect(head(crowd(3))).toMatchObject({ summary: "3 of 12 here", list: "Ada you Björn chloe_w" })
  expect(head(crowd(1))).toMatchObject({ summary: "Only you here", list: "Ada you" })
  expect(head([])).toMatchObject({ summary: "Nobody here", list: "Nobody of this room is here just now." })
  expect(head(crowd(50), { count: 4_999, members: 12_034 }).summary).toBe("4,999 of 12,034 here")
  expect(head(crowd(50), { count: 4_999 }).list).toEndWith("and 4,949 more")
  expect(head(crowd(4), { members: 3 }).summary).toBe("4 of 4 here") // the two numbers are not counted at once
})

test("there are four faces of others, and that nobody else is here is seen without colour", () => {
  const facesIn = (html: string) => html.split("</summary>")[0]!.match(/class="avatar/g)?.length ?? 0
  expect([1, 2, 5, 9].map((count) => facesIn(head(crowd(count)).html))).toEqual([0, 1, 4, 4])
  expect(head(crowd(1)).html).toContain('class="presence none"')
  expect(head(crowd(2)).html).not.toContain('class="presence none"')
})

test("without a line to the server nobody knows who is here", () => {
  expect(plain(head(crowd(3), { link: "offline" }).html)).toBe("12 people")
  expect(plain(head(null, { members: 1 }).html)).toBe("1 person")
  expect(head(crowd(3), { link: "fine" }).summary).toBe("3 of 12 here")
})

test.each([
  [0, ""],
  [1, "Ada is typing"],
  [2, "Ada and Björn are typing"],
  [3, "Several people are typing"],
  [40, "Several people are typing"],
])("of %d who type is said: %s", (count, words) => {
  const html = renderToString(<WhoIsTyping live={live({ typing: crowd(count) })} />)
  expect(plain(html)).toBe(words)
  expect(html).not.toMatch(/aria-live|role=/)
  expect(plain(renderToString(<WhoIsTyping live={live({ typing: crowd(count), link: "offline" })} />))).toBe("")
  expect(plain(renderToString(<WhoIsTyping />))).toBe("")
})

test("who is typing stands where a notice may, and leaves the line to it", () => {
  const typing = (more: Partial<Live>) =>
    plain(renderToString(<WhoIsTyping live={live({ typing: crowd(1), ...more })} />))
  expect(typing({})).toBe("Ada is typing")
  expect(typing({ notice: "Files cannot be sent here yet." })).toBe("")
  expect(typing({ link: "offline" })).toBe("")
})
