// Nothing in what browsers get is newer than the engines that Parlour is written for, but for what is asked for first or is
// only nicer to have; and older engines are told from them. The names that fail are those of browser-compat-data.
import { expect, test } from "bun:test"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { parse } from "acorn"
import { oldest, SINCE, support, tooNew, type Versions } from "../bin/supported.ts"
import { asked } from "../client/alive.ts"
import { readClient } from "../server/http/assets.ts"
import { samples } from "../view/gallery.tsx"

const root = join(import.meta.dirname, "..")
// As it is now, and not as it was when it was built last.
const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(root, "bin/build-client.ts")])
if (exitCode !== 0) throw new Error(`What is to be looked at cannot be built: ${stderr}`)
const { assets } = await readClient()
const built = (path: string) => readFile(join(root, "dist", path.replace("/assets/", "")), "utf8")
const client = {
  script: await built(assets.script),
  style: (await built(assets.style)) + (await built(assets.pages)) + (await built(assets.noscript)),
  pages: samples(assets)
    .map(({ html }) => html)
    .join(""),
}

/** What comes beside it, before it and when it lives. */
const beside = await Promise.all([assets.early, assets.later].map((path) => built(path!)))

const allTooNew = (versions?: Versions): string[] => {
  const parts = [client, ...beside.map((script) => ({ script, style: "", pages: "" }))]
  return [...new Set(parts.flatMap((part) => tooNew(part, versions)))].sort()
}

/** What is newer, and why that takes nothing from anybody. */
const without: Record<string, string> = {
  "api.Document.moveBefore": "Preact asks for it first",
  "api.HTMLElement.showPopover": "asked for first: where it is not, one goes to the page of rooms",
  "api.InputEvent.isComposing": "Safari says so too late; the older keyCode is asked as well",
  "css.properties.accent-color": "the colour of a tick; the data counts Safari's as incomplete",
  "css.properties.field-sizing": "asked for first: elsewhere the box is made to fit by a script",
  "css.properties.field-sizing.content": "the same",
  "css.properties.field-sizing.fixed": "the same",
  "css.properties.overflow-clip-margin": "a pixel of a letter",
  "css.properties.overscroll-behavior": "what scrolls at the end of a list",
  "css.properties.overscroll-behavior.contain": "the same",
  "css.properties.scrollbar-gutter": "where the scrollbar stands",
  "css.properties.scrollbar-gutter.stable": "the same",
  "css.properties.scrollbar-width": "how wide it is",
  "css.properties.scrollbar-width.thin": "the same",
  "css.properties.text-size-adjust": "stands behind its older name",
  "css.properties.text-wrap": "where headings break",
  "css.properties.text-wrap.balance": "the same",
  "css.properties.text-wrap.pretty": "the same",
  "css.properties.user-select": "stands behind its older name",
  "css.properties.user-select.none": "the same",
  "css.selectors.popover-open": "a rule of its own; without popovers a link to the page of rooms is there instead",
  "html.elements.button.popovertarget": "the same",
  "html.global_attributes.popover": "the same",
  "html.global_attributes.autocapitalize": "what a phone's keyboard begins with",
  "javascript.builtins.Intl.Segmenter":
    "asked for first: elsewhere signs are told apart by a rule that is nearly right",
  "javascript.builtins.Intl.Segmenter.segment": "the same",
}

test(`nothing is newer than the engines that came out since ${SINCE}, but for what they do not need`, () => {
  expect(allTooNew()).toEqual(Object.keys(without).sort())
})

test("an engine that is let in has all that is used without asking", () => {
  // The oldest of each that has what is asked for.
  const letIn: Versions = {}
  for (const engine of ["chrome", "firefox", "safari"] as const)
    letIn[engine] = asked
      .map((key) => support.get(key)![engine]!)
      .sort((a, b) => Number(a) - Number(b))
      .at(-1)!
  for (const engine of ["chrome", "firefox", "safari"] as const)
    expect(Number(letIn[engine])).toBeLessThanOrEqual(Number(oldest[engine]))
  expect(allTooNew(letIn).filter((key) => !(key in without))).toEqual([])
})

test("what stands in where the script does not run is in the language of 2009", async () => {
  const standIn = await built(assets.standin)
  expect(() => parse(standIn, { ecmaVersion: 5 })).not.toThrow()
  // That it would be seen.
  expect(() => parse("const newer = () => {}", { ecmaVersion: 5 })).toThrow()
})

// The check itself is checked: each made-up fault must be found by its name, and its harmless twin must not.

const found = (part: Partial<typeof client>) => tooNew({ script: "", style: "", pages: "", ...part })

test.each([
  [{ script: "document.startViewTransition(() => {})" }, "api.Document.startViewTransition"],
  [{ script: "const { promise } = Promise.withResolvers()" }, "javascript.builtins.Promise.withResolvers"],
  [{ script: "URL.parse(address)" }, "api.URL.parse_static"],
  [{ script: "rooms.union(others)" }, "javascript.builtins.Set.union"],
  [{ script: "element.moveBefore(one, other)" }, "api.Document.moveBefore"],
  [{ style: "p { color: light-dark(black, white) }" }, "css.types.color.light-dark"],
  [{ style: "p { text-wrap: pretty }" }, "css.properties.text-wrap.pretty"],
  [{ style: "p { margin: anchor-size(width) }" }, "css.types.anchor-size"],
  [{ style: "@scope (p) { b { color: red } }" }, "css.at-rules.scope"],
  [{ style: "details::details-content { color: red }" }, "css.selectors.details-content"],
  [{ style: "@starting-style { p { color: red } }" }, "css.at-rules.starting-style"],
  [{ pages: '<button type="button" command="show-modal">' }, "html.elements.button.command"],
])("%j is found", (part, key) => {
  expect(found(part)).toContain(key)
})

test.each([
  [{ script: "items.toSorted(); URL.canParse(address); structuredClone(items)" }],
  [{ style: "p { color: oklch(0.5 0.1 20); inset: 0; & b { height: 100dvh } } p:has(b) { margin: min(1px, 2vw) }" }],
  [{ style: "@supports (color: light-dark(red, blue)) { p { color: light-dark(red, blue) } }" }],
  [{ pages: '<p class="command"><input type="search" enterkeyhint="send">popover</p>' }],
])("%j is not", (part) => {
  expect(found(part)).toEqual([])
})

test("syntax that is newer than they are cannot be read", () => {
  for (const script of ["using file = open()", "/(?i:a)b/", "import data from './a.json' with { type: 'json' }"])
    expect(() => found({ script })).toThrow(SyntaxError)
  expect(found({ script: "class A { static #b = 1; static { A.#b ??= /[\\p{L}--a]/v } }" })).toEqual([])
})
