// Keeps where one is as soon as the scrolling rests, and forgets it as soon as one is in the present. Chromium keeps no mark that
// is set once the page is hidden when it loads it anew, and Firefox goes nowhere new when one is set as it leaves.

/** Milliseconds: rarely enough for Safari, which takes a hundred changes of the history in thirty seconds. */
const AT_REST = 300

export type Place = {
  /** Whether one is in the present, and stays there. */
  following(): boolean
  mark(): void
}

export function markAtRest({ following, mark }: Place): void {
  let rest: ReturnType<typeof setTimeout> | undefined
  const scrolled = (): void => {
    clearTimeout(rest)
    rest = setTimeout(mark, following() ? 0 : AT_REST) // in any case after who hears of the scrolling at the list itself
  }
  addEventListener("scroll", scrolled, { capture: true, passive: true })
  scrolled() // or they did before we came
}
