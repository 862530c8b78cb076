// What a story needs of a browser, whichever engine is in it. Each engine brings these few acts, done as a person does them;
// everything else is asked of the page, which answers alike in all of them.

export const names = ["chromium", "firefox", "webkit"] as const
export type Name = (typeof names)[number]

/** In which way someone's browser is not the usual one. */
export type Habits = {
  scripts?: "off"
  /** The time zone that its system names, be there such a zone or not. */
  zone?: string
}

export type Engine = {
  /** A browser of someone's own: nobody else's cookies, nothing stored. */
  open(habits: Habits): Promise<Browser>
  close(): Promise<void>
}

export type Browser = {
  /** A tab beside the others, in front of them. */
  tab(): Promise<Tab>
  close(): Promise<void>
}

export const keys = ["Enter", "Escape", "Tab", "Backspace", "ArrowUp", "ArrowDown", "Home", "End"] as const
export type Key = (typeof keys)[number] | (string & Record<never, never>)
export type Held = "Control" | "Shift"

export type Tab = {
  /** Until the document is there. Whether it has come to life is for the page to say. */
  goto(address: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  close(): Promise<void>
  /** To the front, as by a press on it. */
  show(): Promise<void>
  /** Asks the page. What it is given and what it answers is data. */
  ask<Answer, Given extends unknown[]>(question: (...given: Given) => Answer, ...given: Given): Promise<Awaited<Answer>>
  /** Real keys, one by one, to whatever has the focus. */
  type(text: string): Promise<void>
  press(key: Key, ...held: Held[]): Promise<void>
  /** A press of the pointer in the middle of the first that the selector finds and that has these words in it. */
  click(selector: string, words?: string): Promise<void>
  /** Begins to write by an input method: words stand in the field that are not yet put in. Returns what `pick` will put in. */
  compose(): Promise<string>
  /** Enter, which belongs to the input method as long as it composes. */
  pick(): Promise<void>
}

/** Where such a press would go: to what is waited for, and brought into view. */
export async function middleOf({ ask }: Tab, selector: string, words = ""): Promise<{ x: number; y: number }> {
  const find = (selector: string, words: string) => {
    const element = [...document.querySelectorAll(selector)].find(({ textContent }) => textContent?.includes(words))
    element?.scrollIntoView({ block: "nearest", behavior: "instant" })
    const { x, y, width, height } = element?.getBoundingClientRect() ?? new DOMRect()
    return width > 0 && height > 0 ? { x: Math.round(x + width / 2), y: Math.round(y + height / 2) } : null
  }
  for (let tries = 0; tries < 100; tries++) {
    const middle = await ask(find, selector, words)
    if (middle) return middle
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Nothing to press on: ${selector} ${words}`)
}

/** Asks again while the page that was asked goes away under the question. */
export async function patiently<Answer>(ask: () => Promise<Answer>, leaves: RegExp): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 100 || !leaves.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
