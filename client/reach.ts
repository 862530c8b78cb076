// Presses that lead to another page while the place may be down. The browser would put its own error page in place of this one,
// so it is looked first whether the place answers. While it does not, the page says so. A link is followed as soon as it does; what
// a form does is never done later, behind one's back.
import type { Browser, Cancel } from "./browser.ts"

/** Milliseconds that the place has to answer. */
const WITHIN = 3_000
/** And after which it is asked again. */
const AGAIN = 3_000

const OPENS_LATER = "Not reachable now. It opens as soon as the place is back."
const NOT_DONE = "Not reachable now, so nothing was done. Try again when the place is back."

export type Reach = {
  /** The place is back. */
  back(): void
}

type Options = {
  browser: Browser
  /** Whether such a press takes its course at once, as the place is likely to be there. */
  trusts(press: "link" | "form"): boolean
  say(words: string | undefined): void
  mention(words: string): void
  go(address: string): void
}

export function openReach({ browser, trusts, say, mention, go }: Options): Reach {
  let wanted: string | undefined
  /** A form waits to hear whether the place is there: pressed again, it is not sent twice. */
  let isAsking = false
  let again: Cancel = () => {}

  async function isThere(): Promise<boolean> {
    const giveUp = new AbortController()
    const cancel = browser.after(WITHIN, () => giveUp.abort())
    const init = { cache: "no-store", signal: giveUp.signal } as const
    const answer = await browser.fetch("/api/v1/me", init).catch(() => undefined)
    cancel()
    return answer !== undefined && answer.status < 500
  }

  async function want(address: string): Promise<void> {
    wanted = address
    again()
    if (await isThere()) return back()
    if (wanted === undefined) return
    say(OPENS_LATER)
    again = browser.after(AGAIN, () => void want(wanted ?? address))
  }

  function back(): void {
    const address = wanted
    forget()
    if (address !== undefined) go(address)
  }

  function forget(): void {
    again()
    if (wanted === undefined) return
    wanted = undefined
    say(undefined)
  }

  document.addEventListener("click", (event) => {
    const link = linkOf(event)
    if (!link || event.defaultPrevented || !isPlain(event) || trusts("link")) return
    event.preventDefault()
    void want(link.href)
  })
  document.addEventListener("submit", async (event) => {
    const form = event.target as HTMLFormElement
    const asks = form.method === "get"
    if (event.defaultPrevented || form.method === "dialog" || trusts(asks ? "link" : "form")) return
    event.preventDefault()
    if (asks) return want(addressOf(form))
    if (isAsking) return
    isAsking = true
    const isBack = await isThere()
    isAsking = false
    if (isBack) form.submit()
    else mention(NOT_DONE)
  })

  // Who types in any field has decided to go on here.
  document.addEventListener("input", forget)

  return { back }
}

/** Where a form of questions leads. */
function addressOf(form: HTMLFormElement): string {
  const address = new URL(form.action)
  const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)])
  address.search = String(new URLSearchParams(fields))
  return address.href
}

/** The link that was pressed, if it leads to another page of ours in this tab. */
export function linkOf({ target }: Event): HTMLAnchorElement | undefined {
  const link = target instanceof Element ? target.closest<HTMLAnchorElement>("a[href]") : null
  if (!link || link.origin !== location.origin || link.target || link.download) return undefined
  const isHere = link.pathname === location.pathname && link.search === location.search
  return isHere && link.hash ? undefined : link
}

/** A press that opens it in this tab. */
export const isPlain = ({ button, ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean =>
  button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey
