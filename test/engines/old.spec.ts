// Engines that are older than those Parlour is written for, and pages whose script never comes: they get the page without
// scripts, live, though scripts would run. Each engine is made old here, in one of the ways in which an engine is.
import type { Pane } from "./pane.ts"
import { expect, test } from "./story.ts"

const SCRIPT = /^\/assets\/main-/

const ways: [way: string, make: (pane: Pane) => void, complaint: RegExp | null][] = [
  [
    "cannot read the script",
    (pane) => pane.changes(SCRIPT, (code) => `${code}\nlet newer = 1 ~> 2`),
    /SyntaxError|Unexpected|syntax/i,
  ],
  ["lacks what the script needs", (pane) => pane.breaks(() => Reflect.deleteProperty(URL, "canParse")), null],
  ["is refused the script", (pane) => pane.refuses(SCRIPT), null],
]

for (const [way, make, complaint] of ways)
  test(`an engine that ${way} has the page without scripts: one speaks and hears, live`, async ({
    person,
    pane,
    ann,
  }) => {
    make(pane)
    const cleo = await person("Cleo")
    await cleo.comeInByTheDoor()
    await ann.say("Lunch?")
    await expect.poll(cleo.framed).toEqual(["Lunch?"])
    expect(await cleo.isAlive()).toBe(false)
    // No half of a script: Enter is the field's own, and sends nothing.
    await cleo.fill("#message", "At one")
    await cleo.tab.press("Enter")
    await cleo.tab.type("or two")
    expect(await cleo.draft()).toBe("At one\nor two")
    await cleo.tab.click("#composer .send")
    await ann.hears("Lunch?", "At one\nor two")
    await expect.poll(cleo.framed).toEqual(["Lunch?", "At one\nor two"])
    // What stands in for scripts is seen, and what needs them is not.
    const shown = (selector: string) =>
      cleo.tab.ask(
        (selector) => Array.from(document.querySelectorAll(selector), (one) => one.getClientRects().length > 0),
        selector,
      )
    expect(await shown(".help.without-scripts")).toEqual([true])
    expect((await shown(".timeline")).filter(Boolean)).toEqual([])
    for (const words of pane.complaints.splice(0)) expect(words).toMatch(complaint ?? /^nothing to complain of$/)
  })
