// Builds whose frame or page is broken on purpose.
import { in_, one, type Sabotage } from "./sabotage-of.ts"

const events = in_("server/http/events.ts")
const outbox = in_("client/outbox.ts")
const connection = in_("client/connection.ts")
const store = in_("client/store.ts")
const afresh = in_("client/afresh.ts")

const broken: Sabotage[] = [
  one(
    "a frame goes on too late",
    "nothing",
    events(
      "return stream(app, { ...who, after }, framing,",
      "await Bun.sleep(30)\n  return stream(app, { ...who, after: who.after ?? cursorAt(app.hub.epoch, app.hub.tick) }, framing,",
    ),
  ),
  one(
    "a page sends with another nonce each time",
    "answer-cut",
    outbox("options.deliver(entry, ", "options.deliver({ ...entry, nonce: options.newNonce() }, "),
  ),
  one(
    "a page takes no answer for a yes",
    "kill",
    outbox("if (answer.unsent) await replace(entry)", "await drop(entry.nonce)"),
  ),
  one(
    "a page forgets what it sends",
    "kill",
    outbox(
      "const answer = await options.deliver(",
      "await drop(entry.nonce)\n      const answer = await options.deliver(",
    ),
  ),
  one("two tabs send at once", "slow-link", outbox("await options.alone(sendAll)", "await sendAll()")),
  one(
    "a page's cursor is ahead",
    "storm",
    connection(
      'cursorAt(parseCursor(cursor).epoch ?? "", heard.tick)',
      'cursorAt(parseCursor(cursor).epoch ?? "", heard.tick + 2)',
    ),
  ),
  one(
    "a page puts its own words last",
    "nothing",
    store("ids = [...ids, message.id].sort((a, b) => a - b)", "ids = [...ids, message.id]"),
  ),
  one(
    "a page draws what is older over what it heard",
    "nothing",
    afresh("  if (!isWanted()) throw", "  await Bun.sleep(500)\n  if (false) throw"),
  ),
  one("a page keeps what history forgot", "restore", store("      state = emptyState()\n      latest", "      latest")),
]

export const brokenPages = broken.map((sabotage): Sabotage => ({ ...sabotage, page: true }))
