// What the gallery shows: people, rooms and talk that nobody had, and messages that are hard to draw.

import type { Here, Message } from "../protocol/event.ts"
import type { Health } from "../server/health.ts"
import type { Me, RoomItem } from "./snapshot.ts"

export const NOW = Date.UTC(2026, 10, 21, 14, 5, 20)
const MINUTE = 60_000

export const place = { name: "Lantern Street" }
export const me: Me = { id: 1, name: "Ada", role: "owner" }
export const people = [
  "Ada",
  "Björn",
  "chloe_w",
  "Dmitri",
  "Esi Mensah",
  "farid",
  "Grace",
  "Hiro",
  "İpek",
  "jo",
  "Kwame",
  "李娜",
]
export const wide = "W".repeat(40)

const someone = (index: number, names: string[]) => ({ id: index + 1, name: names[index] ?? `person ${index + 1}` })

/** So many people of the room are here. */
export const here = (count: number, names = people): Here => ({
  kind: "here",
  room: 1,
  count,
  people: Array.from({ length: Math.min(count, 50) }, (_, index) => someone(index, names)),
})
/** Who is typing: one, two with long names, and more than are named. */
export const typing = {
  one: [someone(1, people)],
  two: [someone(1, [wide, wide]), someone(2, [wide, wide, wide])],
  several: [1, 2, 3].map((index) => someone(index, people)),
}

export const room = (id: number, name: string): RoomItem => ({
  id,
  name,
  slug: name.toLowerCase().replaceAll(" ", "-"),
})
export const rooms = [
  "talk",
  "books",
  "garden",
  "Kitchen rota",
  "music",
  "on call",
  "Reading the news together",
  "repairs",
].map((name, index) => room(index + 1, name))
export const talk = rooms[0] as RoomItem
export const manyRooms = Array.from({ length: 2_000 }, (_, index) =>
  room(index + 1, `room ${String(index + 1).padStart(4, "0")}`),
)

const sayings = [
  "Morning all.",
  "Has anyone seen the blue ladder? It was behind the shed on Tuesday.",
  "I think Grace took it to the library.",
  "Yes, sorry, it is in the hall. I will bring it back at lunch.",
  "No hurry",
  "The notes from last night are at https://notes.example.org/2026/november (page 3 has the numbers).",
  "Thanks. I read them on the train, and I have one question about the second table: are those figures before or after the refund? If it is before, then we are fine until spring, and if it is after we should talk on Thursday.",
  "After.",
  "Good.",
  "👍",
  "I would rather not decide that here. Can we put it on the list for Thursday and each write two lines beforehand?",
  "works for me",
  "The parcel for number 9 is with us again, by the way",
  "How many are we for supper?",
  "Seven, I think. Eight if Hiro's train is on time.",
  "It is not.",
  "Ha",
]

/** A run of talk that is the same each time: who speaks next and how long they wait come from a small generator. */
export function conversation(count: number, until: number): Message[] {
  let seed = 7
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const said: { author: number; text: string; wait: number }[] = []
  let author = 0
  for (let index = 0; index < count; index++) {
    if (next(3) > 0) author = next(people.length)
    const wait = next(40) === 0 ? 9 * 60 * MINUTE : next(4) * MINUTE + next(60_000)
    said.push({ author, text: sayings[index % sayings.length] as string, wait })
  }
  let at = until - said.reduce((sum, { wait }) => sum + wait, 0)
  return said.map(({ author, text, wait }, index) => {
    at += wait
    return message(index + 1, people[author] as string, text, at)
  })
}

export const message = (id: number, name: string, text: string | null, at = NOW - 30 * MINUTE): Message => ({
  kind: "message",
  tick: id,
  id,
  room: talk.id,
  author: { id: 1 + (people.includes(name) ? people.indexOf(name) : 50 + name.length), name },
  text,
  at,
})

const hard: Message[] = [
  message(1, wide, "A name of forty wide letters."),
  message(2, "Ada", "x".repeat(8_000)),
  message(3, "Björn", "One sentence after the other, as long as a message may be. ".repeat(136).slice(0, 8_000)),
  message(
    4,
    "chloe_w",
    Array.from({ length: 200 }, (_, line) => `${"\t".repeat(line % 4)}for (let n = ${line}; n < 10; n++) add(n)`).join(
      "\n",
    ),
  ),
  message(5, "Dmitri", "🎉🍊🌿🐢🚲".repeat(20)),
  message(6, "farid", "مرحبا بالجميع، هل نلتقي اليوم في الساعة السادسة مساءً عند الباب الكبير؟ https://example.org/a"),
  message(7, "farid", "שלום לכולם, נתראה בערב"),
  message(8, "สมชาย", "สวัสดีครับวันนี้เราจะไปกินข้าวที่ไหนกันดีผมว่าร้านเดิมก็ดีนะครับแต่ถ้าใครมีที่ใหม่ก็บอกมาได้เลยครับ"),
  message(9, "Z̷̢̛a̶l̸g̵o̶", "H̸̡̪̯ͨ͊̽̅̾̎Ȩ̬̩̾͛ͪ̈́̀́͘ ̶̧̨̱̹̭̯ͧ̾ͬC̷̙̲̝͖ͭ̏ͥͮ͟Oͮ͏̮̪̝͍M̲̖͊̒ͪͩͬ̚̚͜Ȇ̴̟̟͙̞ͩ͌͝S̨̥̫͎̭ͯ̿̔̀ͅ"),
  message(10, "李娜", "今天晚上我们一起吃饭吧。地址在 https://example.org/地图。"),
  message(11, "İpek", "<script>alert(1)</script> & <b>not bold</b> javascript:alert(1)"),
  message(12, "jo", null),
  message(13, "jo", "🌷"),
  message(14, "jo", "line one\n\nline three, after a gap\n    and an indented one"),
]

const well: Health = { status: "fine", process: 4711, database: "fine", events: "fine", bus: "alive", reasons: [] }
const slower = "Redis is not heard. What is said in other processes comes up to a second later."

/** How a process may be. */
export const healths: { name: string; title: string; health: Health }[] = [
  { name: "health", title: "All is well", health: well },
  { name: "health-alone", title: "All is well, without Redis", health: { ...well, bus: "none" } },
  {
    name: "health-degraded",
    title: "Redis is gone",
    health: { ...well, status: "degraded", bus: "dead", reasons: [slower] },
  },
  {
    name: "health-failing",
    title: "The database is gone, and all else",
    health: {
      ...well,
      status: "failing",
      database: "unreadable",
      events: "behind",
      bus: "dead",
      reasons: [
        "The database does not answer. What is said waits until it does.",
        "What happens in the place comes late here.",
        slower,
      ],
    },
  },
]

/** Where all that is hard meets. */
export const hardRoom = {
  messages: hard,
  older: false,
  room: room(1, wide),
  place: { name: wide },
  here: here(3, ["Ada", wide, wide]),
}

const HOUR = 60 * 60 * 1000

/** Where someone is signed in: what they know, and what they may not. */
export const manySessions = [
  ["Firefox on Linux", 0, 40],
  ["Safari on iPhone", 5, 24 * 200],
  ["", 70, 24 * 80],
  ["The program curl", 24 * 9, 24 * 9],
  ...Array.from({ length: 46 }, (_, i) => ["Samsung Internet on Android", 24 * (20 + i), 24 * (40 + i)] as const),
].map(([device, seen, at], index) => ({
  id: `session-${index}`,
  device: device as string,
  seen: NOW - (seen as number) * HOUR,
  at: NOW - (at as number) * HOUR,
  isThis: index === 0,
}))
