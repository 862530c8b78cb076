// A browser of its own process: tabs with Parlour's own client in them, without the drawing. They share one shelf, die in
// mid-sentence and are opened again over it. Orders come as lines of JSON on standard input, and what becomes of them is
// told as lines on standard output. Whoever breaks the client breaks it here, by the same preload as the server.
import { createInterface } from "node:readline"
import { openShelf } from "../../client/shelf.ts"
import { aloneInLine } from "./alone.ts"
import type { Owner } from "./tab.ts"
import { openTab, type Tab } from "./tab.ts"

export type Order =
  | { say: string; tab: number }
  | { reload: number; ways: "all" | "no sockets" | "polls" }
  | { look: true }
export type Told =
  | { said: string; id: number }
  | { wrong: string }
  | { newest: number[] }
  | { look: { messages: [id: number, text: string | null][]; sending: string[]; link: string }[] }

const TABS = 2
/** How often it is looked at what the tabs show, in milliseconds. */
const GLANCE_MS = 50

const owner = JSON.parse(process.env.OWNER ?? "{}") as Owner
const shelf = openShelf(undefined)
const alone = aloneInLine()
const tabs: Tab[] = []
const told = new Set<string>()

const tell = (one: Told) => console.log(JSON.stringify(one))
const open = (ways: "all" | "no sockets" | "polls") =>
  openTab({
    owner,
    shelf,
    alone,
    ways,
    others: () => tabs,
    said(text, id) {
      if (!told.has(text)) tell({ said: text, id })
      told.add(text)
    },
    wrong: (words) => tell({ wrong: words }),
  })

async function obey(order: Order): Promise<void> {
  if ("say" in order) await tabs[order.tab]!.say(order.say)
  else if ("reload" in order) {
    await tabs[order.reload]!.crash()
    tabs[order.reload] = open(order.ways)
  } else tell({ look: tabs.map((tab) => tab.look()) })
}

for (let n = 0; n < TABS; n++) tabs.push(open("all"))
setInterval(() => tell({ newest: tabs.map((tab) => tab.newest()) }), GLANCE_MS)

let last = Promise.resolve()
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line) as Order
    if ("look" in order) void obey(order)
    else last = last.then(() => obey(order))
  })
  .on("close", () => process.exit(0))
process.on("unhandledRejection", (reason) => tell({ wrong: `nobody caught ${reason}` }))
