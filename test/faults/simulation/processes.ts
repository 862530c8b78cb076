// The processes of a place, in one: each has its hub and its sockets, and all of that is gone when it crashes. They share
// the store, and a bus that loses, repeats and reorders. All that takes time for them takes steps.
import type { Event } from "../../../protocol/event.ts"
import type { App } from "../../../server/app.ts"
import { happenings } from "../../../server/changes.ts"
import type { Epoch } from "../../../server/db/epoch.ts"
import type { Db, Sql, Value } from "../../../server/db/sql.ts"
import { Checkup } from "../../../server/health.ts"
import type { Talk } from "../../../server/http/socket.ts"
import { Lanes } from "../../../server/lanes.ts"
import { alone, type Bus } from "../../../server/live/bus.ts"
import { readClock } from "../../../server/live/clock.ts"
import { Hub } from "../../../server/live/hub.ts"
import { Metrics } from "../../../server/metrics.ts"
import { SLOW_UNSENT } from "./scale.ts"
import type { Wire } from "./wire.ts"
import type { World } from "./world.ts"

type Transact = <Result>(work: (sql: Sql) => Promise<Result>, ...person: number[]) => Promise<Result>

/** Nothing comes of what a process that is gone had begun. */
const never = <Result>() => new Promise<Result>(() => {})

export class Process {
  readonly name: string
  readonly wires = new Set<Wire>()
  up = false
  /** From its crash on it is another process that bears the name. */
  gone = false
  app!: App
  readonly #world: World

  constructor(world: World, name: string) {
    this.#world = world
    this.name = name
  }

  /** As createApp does it, with what stands for time and for the network. */
  async start(epochs: readonly Epoch[]): Promise<void> {
    const world = this.#world
    const db = this.#db(epochs)
    const hub = new Hub(db, happenings, await readClock(db.sql))
    if (this.gone) return
    hub.publish = (topic, json) => {
      for (const wire of this.wires)
        if (wire.isSubscribed(topic) && wire.send(json) > SLOW_UNSENT) this.#look(wire.talk)
    }
    const bus: Bus = { ...alone(hub), publish: (event) => this.gone || world.publish(this, event), close() {} }
    this.app = {
      config: undefined as never,
      db,
      hub,
      bus,
      devices: undefined as never,
      throttle: null,
      turns: null,
      checkup: new Checkup(),
      metrics: new Metrics(),
      lanes: new Lanes(),
      onlookers: undefined as never,
      removals: { wake() {}, async finish() {}, async close() {} }, // of few rooms, which one commit ends
      say() {},
      close: async () => {},
    }
    this.up = true
    world.tell(`${this.name} is up at ${hub.tick}`)
    world.started()
  }

  deliver(event: Event): void {
    if (this.gone || !this.up) return
    this.app.hub.deliver(event).catch((error) => console.error("injected, or not:", error))
  }

  pulse(): void {
    if (this.up) this.app.hub.heal().catch((error) => console.error("the pulse:", error))
  }

  crash(): void {
    this.gone = true
    this.up = false
    for (const wire of this.wires) wire.break()
  }

  #look(talk: Talk): void {
    this.#world.steps.later("turn", () => talk.behind())
  }

  #db(epochs: readonly Epoch[]): Db {
    const { steps, dice, odds, store } = this.#world
    const sql: Sql = async <Row>(strings: TemplateStringsArray, ...values: Value[]) => {
      if (dice() < odds.readLate) await steps.pass("read")
      if (this.gone) return never<Row[]>()
      if (dice() < odds.readFails) throw new Error("injected: the read failed")
      const rows = await store.db.sql<Row>(strings, ...values)
      if (dice() < odds.readOld) await steps.pass("read")
      return this.gone ? never<Row[]>() : rows
    }
    const tx: Db["tx"] = (work, ...person: number[]) => this.#tx(work, person)
    return { epochs, sql, tx, aside: tx, close: async () => {} }
  }

  async #tx<Result>(work: (sql: Sql) => Promise<Result>, person: number[]): Promise<Result> {
    const { steps, dice, odds, store } = this.#world
    if (this.gone) return never<Result>()
    let written: readonly Event[] = []
    store.underway++
    try {
      const outcome = await (store.db.tx as Transact)(
        async (inside) => {
          this.#mustBeThere()
          const late = async <Row>(strings: TemplateStringsArray, ...values: Value[]) => {
            const rows = await inside<Row>(strings, ...values)
            if (dice() < odds.commitLate * 0.3) await steps.pass("commit")
            this.#mustBeThere()
            return rows
          }
          const result = await work(Object.assign(late, { ...inside })) // with the ticks of a group
          if (dice() < odds.commitLate) await steps.pass("commit")
          // Crashed before the commit, or the disk failed: of the whole group nothing is there. Or it came too late for that.
          if (this.gone ? dice() < 0.5 : dice() < odds.commitFails) {
            await inside`rollback`
            throw new Error("injected: the commit failed")
          }
          written = (result as { changes?: Event[] }).changes ?? []
          store.written.add(written)
          return result
        },
        ...person,
      )
      this.#world.committed([written])
      if (this.gone) return never<Result>()
      if (dice() < odds.commitLate) await steps.pass("commit")
      return this.gone ? never<Result>() : outcome
    } catch (error) {
      if (!this.#world.syncing) store.written.delete(written)
      return this.gone ? never<Result>() : Promise.reject(error)
    } finally {
      store.underway--
    }
  }

  #mustBeThere(): void {
    if (this.gone) throw new Error("injected: the process is gone")
  }
}
