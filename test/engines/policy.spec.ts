// What the content security policy forbids: nothing of ours, in any engine, and everything that it should.
import { expect, test } from "./story.ts"

test("no page holds anything that the policy forbids", async ({ pane, ann, person }) => {
  await ann.say("https://example.org/ <b>words</b>")
  await ann.hears("https://example.org/ <b>words</b>")
  const [permalink] = await ann.tab.ask(() =>
    Array.from(document.querySelectorAll("[role=log] article"), (row) => `/chat/talk/${row.id.slice(1)}`),
  )
  for (const path of [permalink!, "/chat/", "/chat/?room=Garden", "/place", "/nothing/here", "/health"]) {
    await ann.visit(path)
    await ann.comesAlive()
  }
  const stranger = await person("Bob")
  for (const path of ["/login", "/login?next=/place", "/register"]) {
    await stranger.visit(path)
    await stranger.comesAlive()
  }
  expect(pane.complaints).toEqual([])
})

test("no style and no script in a page, and no text that becomes markup: each is stopped, and heard of", async ({
  pane,
  ann,
}) => {
  // From a script of the page's own, since what a test runs in it may be above the policy.
  pane.breaks(trySinks)
  await ann.tab.reload()
  await expect.poll(() => ann.tab.ask(() => document.documentElement.dataset.sunk)).toBe("")
  expect(await ann.tab.ask(() => "ran" in window)).toBe(false)
  const heard = () => pane.complaints.join("\n")
  for (const kind of ["style-src", "script-src", "require-trusted-types-for", "trusted-types"])
    await expect.poll(heard).toContain(`forbidden: ${kind}`)
  pane.complaints.length = 0
})

/** Runs in the page: tries to turn text into markup or code, each way by itself, and writes down what it was let do. */
function trySinks(): void {
  const words = "<b>words</b>"
  const sinks: Record<string, () => unknown> = {
    innerHTML: () => Object.assign(document.body, { innerHTML: words }),
    insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", words),
    write: () => document.write(words),
    parse: () => new DOMParser().parseFromString(words, "text/html"),
    srcdoc: () => document.createElement("iframe").setAttribute("srcdoc", words),
    script: () => Object.assign(document.createElement("script"), { text: "window.ran = 1" }),
    eval: () => Reflect.construct(Function, ["window.ran = 1"])(),
    policy: () => Reflect.get(window, "trustedTypes").createPolicy("ours", {}),
  }
  addEventListener("DOMContentLoaded", () => {
    const sunk: string[] = []
    document.body.setAttribute("style", "color: red")
    import("data:text/javascript,window.ran=1".slice()).catch(() => {})
    if (document.body.style.color) sunk.push("style")
    for (const [name, sink] of Object.entries(sinks))
      try {
        sink()
        sunk.push(name)
      } catch {
        // As it should.
      }
    document.documentElement.dataset.sunk = sunk.join()
  })
}
