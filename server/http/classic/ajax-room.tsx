// POST /chat/<room>/post/ and /post/: one address that a page sends to and fetches from, each second. It fetches by the
// id of the last message that it shows, and appends the HTML it gets. Ids here are ticks, in commit order, so that no
// message with a lower id appears behind such a cursor.
import type { ComponentChildren } from "preact"
import { renderToString } from "preact-render-to-string"
import { type CommandOf, parseSpoken } from "../../../protocol/command.ts"
import type { Message } from "../../../protocol/event.ts"
import { Refusal } from "../../../protocol/refusal.ts"
import { Text, tidy } from "../../../view/text.tsx"
import { clockTime, exactTime, isoTime, serverClock } from "../../../view/times.ts"
import type { App } from "../../app.ts"
import { mustBeSignedIn } from "../../caller.ts"
import { messagesAfter, messagesBefore } from "../../messages/rows.ts"
import { perform } from "../../perform.ts"
import { inSteps } from "../../rounds.ts"
import type { Ask } from "../env.ts"
import { fieldsOf } from "../fields.ts"
import { reading } from "../turns.ts"
import { nonceOf } from "./double-clicks.ts"
import { roomAsked } from "./room.ts"

/** What such a page shows when it has nothing yet. */
const SHOWN = 100
/** Lines of one message that are drawn each by itself; those that follow are drawn as one. */
const MOST_LINES = 50
/** Messages in one answer. Whoever is further behind gets the others at the next polls, none left out. */
const MOST_AT_ONCE = 500

export const ajaxRoom = (app: App) => async (context: Ask) => {
  if (context.req.method !== "POST") throw new Refusal("not_found", "There is nothing at this address.")
  mustBeSignedIn(context.get("caller")) // before the body is waited for
  const fields = await fieldsOf(context)
  const room = await roomAsked(app, context) // after it: meanwhile they may have been removed
  switch (fields.post_type) {
    case "send_chat": {
      const { content = "" } = fields
      const caller = context.get("caller")
      const nonce = fields.nonce || (await nonceOf(app.db.sql, caller.person!.id, room.id, content))
      const command = parseSpoken({ type: "post", room: room.id, text: content, nonce }) as CommandOf<"post">
      await perform(app, caller, command)
      return context.html("")
    }
    case "get_chat": {
      const last = lastId(fields.last_chat_id)
      return reading(context, async () => context.html(await rowsAfter(app, room.id, last)))
    }
    default:
      throw new Refusal("malformed", "post_type is send_chat or get_chat.", "post_type")
  }
}

async function rowsAfter({ db }: App, room: number, last: number | null): Promise<string> {
  const messages =
    last === null
      ? await messagesBefore(db.sql, room, Number.MAX_SAFE_INTEGER, SHOWN)
      : await messagesAfter(db.sql, room, last, MOST_AT_ONCE)
  const step = inSteps()
  const rows: string[] = []
  for (const message of messages) {
    rows.push(renderToString(<Row message={message} />))
    await step()
  }
  return rows.join("\n")
}

/** Null for a page that shows nothing yet. */
function lastId(typed: string | undefined): number | null {
  const text = typed?.trim() ?? ""
  if (text === "") return null
  if (!/^-?\d+$/.test(text))
    throw new Refusal("malformed", "last_chat_id is the id of the last message shown, or empty.", "last_chat_id")
  return Math.min(Math.max(Number(text), 0), Number.MAX_SAFE_INTEGER)
}

/** A message that was removed is there all the same: its id is what the page asks with next. */
export const Row = ({ message: { id, author, text, at } }: { message: Message }) => (
  <p class="chat">
    <input type="hidden" class="chat_id" value={id} />
    <b>
      <bdi>{author.name}</bdi>
    </b>
    {": "}
    <span dir="auto">{text === null ? <i>This message was removed.</i> : linesOf(text)}</span>{" "}
    <time dateTime={isoTime(at)} title={exactTime(at, serverClock)}>
      {clockTime(at, serverClock)}
    </time>
  </p>
)

/** The page's own styles say how it stands, and they are not ours: so that each line runs as its own first letter does, each
 *  is by itself. Links are sought in all of it at once, or each line might have as many as a message. */
function linesOf(text: string): ComponentChildren {
  const drawn: ComponentChildren[] = [Text({ children: tidy(text) }).props.children].flat()
  const lines: ComponentChildren[][] = [[]]
  for (const piece of drawn) {
    const [first, ...rest] = typeof piece === "string" ? piece.split("\n") : [piece]
    lines.at(-1)!.push(first)
    const each = rest.splice(0, MOST_LINES + 1 - lines.length)
    lines.push(...each.map((line) => [line]))
    if (rest.length > 0) lines.at(-1)!.push("\n", rest.join("\n"))
  }
  return lines.map((line, index) => [index > 0 && "\n", <bdi key={index}>{line}</bdi>])
}
