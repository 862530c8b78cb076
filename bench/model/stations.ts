// What takes time: processors, threads that use them, an event loop, a disk. Each counts how long it was busy.
import type { Time } from "./events.ts"

type Work = () => void

/** So many processors, taken in the order of asking; Infinity for one that is never short of them. */
export class Machine {
  busy = 0
  readonly time: Time
  #free: number
  readonly #waiting: { cost: number; then: Work }[] = []

  constructor(time: Time, processors: number) {
    this.time = time
    this.#free = processors
  }

  run(cost: number, then: Work): void {
    if (this.#free <= 0) this.#waiting.push({ cost, then })
    else this.#begin(cost, then)
  }

  #begin(cost: number, then: Work): void {
    this.#free--
    this.time.after(cost, () => {
      this.busy += cost
      this.#free++
      const next = this.#waiting.shift()
      if (next) this.#begin(next.cost, next.then)
      then()
    })
  }
}

/** Does one thing after the other. */
export class Thread {
  busy = 0
  readonly #machine: Machine
  readonly #waiting: { cost: number; then: Work }[] = []
  #working = false

  constructor(machine: Machine) {
    this.#machine = machine
  }

  run(cost: number, then: Work): void {
    this.#waiting.push({ cost, then })
    if (!this.#working) this.#next()
  }

  #next(): void {
    const next = this.#waiting.shift()
    this.#working = next !== undefined
    if (!next) return
    this.#machine.run(next.cost, () => {
      this.busy += next.cost
      next.then()
      this.#next()
    })
  }
}

/** An event loop: each turn does all that has come by then, and at its end sends what is to be published. */
export class Loop {
  busy = 0
  turns = 0
  readonly #machine: Machine
  readonly #sending: () => number
  #waiting: { cost: number; then: Work }[] = []
  #working = false

  /** `sending` answers how long it takes to send what was published in the turn, and forgets it. */
  constructor(machine: Machine, sending: () => number) {
    this.#machine = machine
    this.#sending = sending
  }

  run(cost: number, then: Work): void {
    this.#waiting.push({ cost, then })
    if (this.#working) return
    this.#working = true
    this.#machine.time.after(0, () => this.#turn())
  }

  #turn(): void {
    const tasks = this.#waiting
    this.#waiting = []
    this.#working = tasks.length > 0
    if (!this.#working) return
    const cost = tasks.reduce((sum, one) => sum + one.cost, 0)
    this.turns++
    this.#machine.run(cost, () => {
      for (const { then } of tasks) then()
      const sending = this.#sending()
      this.busy += cost + sending
      if (sending > 0) this.#machine.run(sending, () => this.#turn())
      else this.#turn()
    })
  }
}

/** One flush at a time, which is good for all who waited when it began. */
export class Disk {
  busy = 0
  readonly #time: Time
  readonly #flush: number
  #waiting: Work[] = []
  #working = false

  constructor(time: Time, flush: number) {
    this.#time = time
    this.#flush = flush
  }

  sync(then: Work): void {
    this.#waiting.push(then)
    if (!this.#working) this.#next()
  }

  #next(): void {
    const served = this.#waiting
    this.#waiting = []
    this.#working = served.length > 0
    if (!this.#working) return
    this.#time.after(this.#flush, () => {
      this.busy += this.#flush
      for (const then of served) then()
      this.#next()
    })
  }
}
