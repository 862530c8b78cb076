// What one person asks for at once is done one after the other, so that everybody else's words go in between: all that changes
// something waits for the one clock, and dozens at once would be dozens of times that wait. What they say keeps its place behind
// what they asked for before, and does not wait for itself: posts are done many at a time anyway.
export class Lanes {
  readonly #last = new Map<number, Promise<void>>()

  /** After all that this person asked for before. */
  run<Result>(person: number, work: () => Promise<Result>): Promise<Result> {
    const mine = this.behind(person, work)
    const over = mine.then(nothing, nothing).then(() => {
      if (this.#last.get(person) === over) this.#last.delete(person)
    })
    this.#last.set(person, over)
    return mine
  }

  /** The same, and what they ask for next does not wait for it. */
  behind<Result>(person: number, work: () => Promise<Result>): Promise<Result> {
    const earlier = this.#last.get(person)
    return earlier ? earlier.then(work) : work()
  }

  get size(): number {
    return this.#last.size
  }
}

const nothing = () => {}
