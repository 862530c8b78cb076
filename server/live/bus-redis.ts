// Carries events between processes by Redis, on one channel a place. What is lost on the way the hub finds again in the
// database, so there are no acknowledgements here and nothing is sent twice. What must not be is to hear nothing and not to
// know it: Bun's client, when the server has dropped its subscription, connects again and stays deaf. So a client is used for
// one connection and then thrown away; every process says something each second; and a connection on which nothing was
// heard for longer than that is a lost one.
import { RedisClient } from "bun"
import type { Event } from "../../protocol/event.ts"
import { inBackground, logUnlessRefused } from "../log.ts"
import type { Bus, Word } from "./bus.ts"
import type { Hub } from "./hub.ts"
import { whyNot } from "./why-not-redis.ts"

/** How often a process says something, though nothing happens. */
const BEAT_MS = 1_000
/** Longer than two beats: one may be late. */
const SILENCE_MS = 2_500
/** The first try is waited for at the start. */
const CONNECT_WITHIN_MS = 2_000
/** Between two tries to connect. */
const RETRY_MS = 500
/** For what is on its way when a process ends. */
const FLUSH_MS = 500
/** Characters of events that go out as one message. */
const BUNDLE = 128 * 1024
/** Bytes that may wait for a Redis that takes none. The others find in the database what is dropped beyond that. */
const MOST_WAITING = 1024 * 1024

type Options = {
  url: string
  /** Its name among those that share the Redis. */
  place: string
  hub: Pick<Hub, "deliver" | "heal" | "overhear">
}

/** Resolves after the first try to connect, whatever came of it. While Redis cannot be reached the bus carries nothing, and is
 *  not alive. */
export async function openRedisBus({ url, place, hub }: Options): Promise<Bus> {
  const channel = `parlour ${place}`
  const me = crypto.randomUUID()
  let heardAt = Number.NEGATIVE_INFINITY
  let waiting: string[] = []
  let closed = false
  let troubled = false

  const incoming = new Link(url, lost, async (client) => {
    await client.subscribe(channel, hear)
    await hub.heal().catch(logUnlessRefused) // what was said while nobody listened
  })
  const outgoing = new Link(url, lost, async (client) => {
    await client.publish(channel, me)
  })

  /** The log hears of it once, and once when we hear ourselves again, which takes both ways. */
  function lost(): void {
    if (!troubled) complain().catch(logUnlessRefused)
    troubled = true
  }

  async function complain(): Promise<void> {
    const why = (await whyNot(url, channel)) ?? "has cut the connection, or carries nothing"
    if (!closed)
      console.error(`Redis ${why}. What is said in other processes comes a little later until all is well again.`)
  }

  /** First who speaks, then an event a line; a beat has none. */
  function hear(message: string): void {
    if (closed) return // what comes on the channel of another epoch is not for this one
    if (message.startsWith(me)) heardOurselves()
    else for (const line of message.split("\n").slice(1)) deliver(line)
  }

  const isHeard = () => performance.now() - heardAt < SILENCE_MS

  function heardOurselves(): void {
    heardAt = performance.now()
    if (troubled) console.error("Redis is there again.")
    troubled = false
  }

  /** Whatever else may be on this channel is not ours, and no harm. */
  function deliver(line: string): void {
    try {
      const one = JSON.parse(line) as Event | Word
      if ("tick" in one) hub.deliver(one, line).catch(logUnlessRefused)
      else hub.overhear(one)
    } catch (error) {
      console.error("Not an event of ours, on the channel of this place in Redis:", error)
    }
  }

  function tell(line: string): void {
    if (waiting.push(line) === 1) setImmediate(send)
  }

  /** What was said in one turn of the event loop goes out as one message, if it is not too long. */
  function send(): void {
    const lines = waiting
    waiting = []
    for (let from = 0; from < lines.length; ) {
      let to = from
      for (let size = 0; to < lines.length && size < BUNDLE; to++) size += lines[to]!.length
      outgoing.publish(channel, [me, ...lines.slice(from, to)].join("\n"))
      from = to
    }
  }

  const beat = setInterval(() => outgoing.publish(channel, me), BEAT_MS)
  await Promise.all([incoming.open(), outgoing.open()])
  outgoing.publish(channel, me) // what was said before somebody listened was not heard
  return {
    get carries() {
      return isHeard()
    },
    get alive() {
      return isHeard()
    },
    get heardAt() {
      return heardAt
    },
    publish(event) {
      if (closed) return
      const line = JSON.stringify(event)
      hub.deliver(event, line).catch(logUnlessRefused) // here at once: what others say is in the hub's hands anyway
      tell(line)
    },
    say(word) {
      if (!closed) tell(JSON.stringify(word))
    },
    async flush() {
      send()
      await outgoing.flush()
    },
    close() {
      closed = true
      clearInterval(beat)
      incoming.close()
      outgoing.close()
    },
  }
}

/** A way to Redis, made anew whenever it is lost. */
class Link {
  readonly #url: string
  readonly #prepare: (client: RedisClient) => Promise<void>
  readonly #onLost: () => void
  #client: RedisClient | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #published: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(url: string, onLost: () => void, prepare: (client: RedisClient) => Promise<void>) {
    this.#url = url
    this.#onLost = onLost
    this.#prepare = prepare
  }

  /** Tries, and from then on whenever it has to. */
  async open(): Promise<void> {
    const client = new RedisClient(this.#url, {
      autoReconnect: false,
      enableOfflineQueue: false,
      connectionTimeout: CONNECT_WITHIN_MS,
      idleTimeout: SILENCE_MS,
    })
    client.onclose = () => this.#lost(client)
    try {
      await client.connect()
      await this.#prepare(client)
    } catch {
      return client.close() // why, the client does not tell
    }
    if (this.#closed) return client.close()
    this.#client = client
  }

  /** Without a connection it is dropped, and so is what would have to wait for long. */
  publish(channel: string, message: string): void {
    if (!this.#client || this.#client.bufferedAmount > MOST_WAITING) return
    this.#published = this.#client.publish(channel, message).catch(() => {}) // lost with its connection
  }

  /** Until Redis has what was published, or it takes too long. */
  async flush(): Promise<void> {
    await Promise.race([this.#published, new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref())])
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#client?.close()
  }

  #lost(client: RedisClient): void {
    if (this.#client && this.#client !== client) return // one of before
    this.#client = null
    if (this.#closed) return
    this.#onLost()
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => inBackground(this.open()), RETRY_MS)
  }
}
