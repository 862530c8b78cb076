// Writes made-up conversation as lines that `parlour import` reads: bursts of talk between people who answer each
// other, days apart and seconds apart, ending today at midnight. The same seed on the same day says the same.
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "14" },
    messages: { type: "string", default: "1500" },
    seed: { type: "string", default: "1" },
  },
})
const [people, messages, seed] = [number("people"), number("messages"), number("seed")]

const first = [
  "Ann",
  "Bo",
  "Chidi",
  "Dilnoza",
  "Edda",
  "Farid",
  "Greta",
  "Hiroshi",
  "Ines",
  "José",
  "Kateryna",
  "Liú Yáng",
  "Mona",
  "Nils",
]
const last = ["Abara", "Berg", "Castillo", "Dahl", "Eriksen", "Farouk", "Gupta", "Hoang", "Ivanova", "Jansen"]

/** A room, and what is talked of there. */
const rooms: Record<string, string[]> = {
  talk: ["lunch", "the heating", "Friday", "the new office", "the coffee machine", "the summer party"],
  "Release 2.0": ["the changelog", "the migration", "the failing test", "the installer", "the upgrade notes"],
  Gardening: ["the tomatoes", "the hedge", "slugs", "compost", "the old apple tree"],
  Reisen: ["die Fähre", "das Zelt", "der Fahrplan", "die Hütte"],
  Support: ["the login page", "the invoice", "the printer", "the backup", "the export"],
}

const openings = [
  "Has anyone looked at {it}?",
  "Quick question about {it}: who knows?",
  "I think we should talk about {it}.",
  "{it} again. I give up.",
  "Good news: {it} is done.",
  "Who is looking after {it} this week?",
]
const answers = [
  "Yes.",
  "No idea, sorry.",
  "I did, yesterday. It looked fine to me.",
  "On it.",
  "Give me ten minutes and I'll have a look at {it}.",
  "Thank you!",
  "👍",
  "😂😂",
  "Ha, same here.",
  "Not before Thursday, I am afraid; I have two other things to finish first, and {it} needs a quiet hour.",
  "There is a page about that: https://example.org/notes/2024/07?section=3#what-to-do",
  "Could you say what you tried so far?\nAnd what happened then?",
  "I would rather keep it as it is. It works, people are used to it, and every time we touched {it} we found that the reason we had for it still stood.",
  'const minutes = (ms) => Math.round(ms / 60_000)\n\nif (minutes(late) > 10) tell("we are late")',
  "שלום, אני מסתכל על זה עכשיו",
  "ขอบคุณมาก",
  "right",
  "ok, then tomorrow at nine",
]

let state = seed
/** From 0 up to, and without, 1 (mulberry32). */
function chance(): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
const pick = <Thing>(things: Thing[]): Thing => things[Math.floor(chance() * things.length)]!
const between = (least: number, most: number) => least + chance() * (most - least)

const names = Array.from({ length: people }, (_, index) => {
  const family = last[Math.floor(index / first.length) % last.length]
  return index < first.length
    ? first[index]!
    : `${first[index % first.length]} ${family}${index >= 140 ? ` ${index}` : ""}`
})

type Line = { room: string; author: string; at: number; text: string }
const lines: Line[] = []
let at = 0
while (lines.length < messages) {
  const room = pick(Object.keys(rooms))
  const it = pick(rooms[room]!)
  const circle = Array.from({ length: 2 + Math.floor(chance() * 4) }, () => pick(names))
  at += between(10, 600) * 60_000 // until somebody says something again
  say(room, pick(circle), pick(openings), it)
  for (let rest = between(1, 14); rest > 0 && lines.length < messages; rest--) {
    const again = chance() < 0.35 // people say things in two goes
    at += between(2, again ? 20 : 180) * 1_000
    say(room, again ? lines.at(-1)!.author : pick(circle), pick(answers), it)
  }
}

const midnight = new Date().setUTCHours(0, 0, 0, 0)
for (const line of lines) console.log(JSON.stringify({ ...line, at: Math.floor(midnight - at + line.at) }))

function say(room: string, author: string, text: string, it: string): void {
  const said = text.startsWith("{it}") ? it[0]!.toUpperCase() + it.slice(1) + text.slice(4) : text.replace("{it}", it)
  lines.push({ room, author, at, text: said })
}

function number(name: "people" | "messages" | "seed"): number {
  const value = Number(values[name])
  if (Number.isSafeInteger(value) && value > 0) return value
  console.error(`--${name} is a whole number above zero.`)
  process.exit(1)
}
