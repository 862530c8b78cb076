// What is being written. It is kept as a draft, which the other tabs of this browser share, and the box is emptied only
// when the words are safe in the outbox; what was typed on in the meantime stays. A key costs the same however much stands
// there: what can be sent is kept with each key, and more than that when the keys rest.
import { lengthOf, MAX_TEXT } from "../protocol/limits.ts"
import { isBlank } from "../protocol/text.ts"
import type { Problem } from "../view/snapshot.ts"
import { grouped } from "../view/words.tsx"
import type { Browser, Cancel } from "./browser.ts"
import { type Draft, EMPTY, nonceOf, openDrafts } from "./drafts.ts"

/** Milliseconds without a key after which a text that is too long to be sent is kept, too. */
const REST = 400
/** Characters that may still be written when one is told how many. */
const COUNTED = 500
/** A text of more units than this has too many characters whatever they are. It is not counted, and told by the thousand. */
const SURELY_TOO_LONG = 2 * MAX_TEXT
const ABOUT = 1_000

/** What the page shows of it. */
export type Written = {
  /** Nothing stands there that could be sent. */
  blank: boolean
  /** Characters that are left, once they are few; fewer than none when there are too many. */
  left?: number
}

export type Composer = {
  /** What the draft is kept under, for who hears that another tab has changed something. */
  key: string
  draft(): string
  written(): Written
  refused(): Problem | undefined
  write(text: string): void
  /** Adds text to what is there, below it. */
  append(text: string): void
  /** Resolves when the words are safe, or were refused. True when something was taken. */
  send(): Promise<boolean>
  /** Another tab may have changed the draft: goes along, unless something else stands here by now. */
  look(): void
  /** Keeps at once what was to be kept when the keys rest. */
  keep(): void
  /** False while what stands here would be lost with this page. */
  safe(): boolean
}

type Options = {
  browser: Browser
  /** Names the draft: one for each person and room. */
  key: string
  /** What the box held before we came: typed while the page was loading. */
  typed: string
  /** What the server sent back with its reason, in place of any draft. */
  returned?: string | undefined
  refused: Problem | undefined
  newMark(): string
  add(text: string, nonce: string): Promise<void>
  /** The text is another one, and not by a key in the box. */
  set(text: string): void
  /** Something that the page shows of it has changed. */
  changed(): void
  /** So long a text the browser does not keep. */
  unkept(): void
}

export function openComposer(options: Options): Composer {
  const { browser, add, changed, newMark } = options
  const drafts = openDrafts(browser.memory, options.key)
  /** The draft as the browser has it, as far as this tab knows. */
  let known = drafts.recall()
  let draft = options.returned ?? joined(known.text, options.typed)
  let mark = known.mark || newMark()
  let { refused } = options
  let unkept = false
  let rest: Cancel = () => {}
  let shown: Written = writtenOf(draft)
  /** What is on its way to the outbox, and still in the box meanwhile. */
  const leaving: string[] = []

  /** The box without what is leaving it: pressed twice, it goes once. */
  function unsent(): string {
    let text = draft
    for (const gone of leaving) if (text.startsWith(gone)) text = text.slice(gone.length)
    return text
  }

  function show(): void {
    const now = writtenOf(draft)
    if (now.blank === shown.blank && now.left === shown.left && !refused) return
    shown = now
    refused = undefined
    changed()
  }

  function write(text: string): void {
    draft = text
    show()
    rest()
    if (text.length <= MAX_TEXT) keep()
    else {
      unkept = true
      rest = browser.after(REST, keep)
    }
  }

  function keep(): void {
    rest()
    const next: Draft = draft === "" ? EMPTY : { mark, text: draft }
    const isKept = drafts.keep(next)
    if (isKept) known = next
    unkept = !isKept && draft !== ""
    if (unkept && draft.length > MAX_TEXT) options.unkept()
  }

  /** By us, and not by a key. */
  function put(text: string): void {
    write(text)
    options.set(text)
  }

  function look(): void {
    const now = drafts.recall()
    if (now.text === known.text && now.mark === known.mark) return
    const before = known
    known = now
    if (draft === before.text) {
      mark = now.mark || newMark()
      draft = now.text
      show()
      options.set(draft)
    } else if (now.text === "" && draft.startsWith(before.text)) {
      // It was sent there; what was added here is another one.
      mark = newMark()
      put(draft.slice(before.text.length))
    }
  }

  async function send(): Promise<boolean> {
    const text = unsent()
    if (isBlank(text)) return false
    refused = whyNot(text)
    if (refused) {
      changed()
      return false
    }
    const nonce = nonceOf(mark, text.trimEnd())
    mark = newMark() // what is typed on is another draft
    leaving.push(text)
    await add(text.trimEnd(), nonce)
    leaving.splice(leaving.indexOf(text), 1)
    if (draft.startsWith(text)) put(draft.slice(text.length))
    return true
  }

  if (draft !== known.text) write(draft)
  refused = options.refused // a key takes it away, and this was none

  return {
    key: options.key,
    draft: () => draft,
    written: () => shown,
    refused: () => refused,
    write,
    append: (text) => put(isBlank(draft) ? text : `${draft.trimEnd()}\n${text}`),
    send,
    look,
    keep: () => unkept && keep(),
    safe: () => !unkept,
  }
}

/** Typed before the draft was there to go on from, it follows it; unless the browser had put the draft there itself. */
const joined = (kept: string, typed: string): string => (typed.startsWith(kept) ? typed : kept + typed)

function writtenOf(text: string): Written {
  const blank = isBlank(text)
  if (text.length < MAX_TEXT - COUNTED) return { blank }
  if (text.length > SURELY_TOO_LONG) return { blank, left: MAX_TEXT - ABOUT * Math.round(text.length / ABOUT) }
  const left = MAX_TEXT - lengthOf(text.trimEnd())
  return left > COUNTED ? { blank } : { blank, left }
}

function whyNot(text: string): Problem | undefined {
  // No text has more characters than units, so that most need no counting.
  const length = text.length > MAX_TEXT ? lengthOf(text.trimEnd()) : 0
  if (length <= MAX_TEXT) return undefined
  const [most, has] = [MAX_TEXT, length].map(grouped)
  const message = `A message has at most ${most} characters, and this one has ${has}. Shorten it, or send it in parts.`
  return { code: "too_large", message }
}
