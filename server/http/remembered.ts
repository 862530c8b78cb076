// Which handlers answer at an address, remembered: nearly all requests are for the same few, and to look through all routes
// takes longer than many an answer.
import type { Result, Router } from "hono/router"

/** Addresses, and characters of one: whoever asks for others makes us look. */
const MOST = 500
const LONGEST = 200

/** All routes are there before the first request is. */
export class Remembered<Handler> implements Router<Handler> {
  readonly name = "Remembered"
  readonly #router: Router<Handler>
  readonly #found = new Map<string, Result<Handler>>()

  constructor(router: Router<Handler>) {
    this.#router = router
  }

  add(method: string, path: string, handler: Handler): void {
    this.#router.add(method, path, handler)
  }

  match(method: string, path: string): Result<Handler> {
    if (path.length > LONGEST) return once(this.#router.match(method, path))
    const key = `${method} ${path}`
    const known = this.#found.get(key)
    if (known) return known
    const found = once(this.#router.match(method, path))
    if (this.#found.size >= MOST) this.#found.clear()
    this.#found.set(key, found)
    return found
  }
}

/** To the router the address "/*" is itself and one of all that "*" stands for, so that it finds whatever stands before all twice. */
function once<Handler>([found, ...stash]: Result<Handler>): Result<Handler> {
  const handlers = found as [Handler, unknown][]
  const first = handlers.filter(([handler], i) => handlers.findIndex(([other]) => other === handler) === i)
  return [first, ...stash] as unknown as Result<Handler>
}
