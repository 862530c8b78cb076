// When the page is drawn: once a frame for all that has changed. A drawing that fails fails alone. What it was to show may be
// wrong from then on, and the page says so; the line, the outbox and the box go on.

/** Hidden pages draw no frames; what is heard is drawn this much later, in one go. */
const HIDDEN_FRAME = 250
/** Milliseconds after which a log that was changed in silence is read out again. */
const SILENCE = 500

export type Drawing = {
  /** Something has changed. */
  ask(): void
  now(): void
  /** Draws what is not news: it is not read out. */
  silently(): void
  /** What comes with the next drawing that was asked for is no news. */
  hush(): void
  /** Works on what is drawn, now; whether it could. */
  attempt(work: () => void): boolean
}

/** `broken` is called once, when a drawing has failed for the first time. */
export function openDrawing({
  log,
  paint,
  broken,
}: {
  log: () => Element | null
  paint(): void
  broken(error: unknown): void
}): Drawing {
  let drawn = true
  let failed = false
  let hushed = false

  function attempt(work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      if (!failed) {
        failed = true
        broken(error)
      }
      return false
    }
  }

  function now(): void {
    drawn = true
    attempt(paint)
  }

  function silently(): void {
    const element = log()
    element?.setAttribute("aria-live", "off")
    now()
    setTimeout(() => element?.removeAttribute("aria-live"), SILENCE)
  }

  function due(): void {
    if (hushed) silently()
    else now()
    hushed = false
  }

  return {
    ask() {
      if (!drawn) return
      drawn = false
      if (document.hidden) setTimeout(due, HIDDEN_FRAME)
      else requestAnimationFrame(due)
    },
    now,
    silently,
    hush() {
      hushed = true
    },
    attempt,
  }
}
