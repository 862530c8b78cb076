// What is sent to us, and how much of it we hold while it comes. A body is made room for by its length before anything else is
// waited for, it has so long to come as a whole, and whoever is refused before it has is answered at once, on a connection that
// ends with the answer. So what strangers leave unfinished costs little, and not for long. Memory that was used is free only some
// time later: until then the room of what is no message of anybody's is taken.
import type { MiddlewareHandler } from "hono"
import { Refusal } from "../../protocol/refusal.ts"
import { inBackground } from "../log.ts"
import { wantsPage } from "./answer.tsx"
import type { Ask, Check, Env } from "./env.ts"
import { mediaOf } from "./media.ts"
import { textOf } from "./utf8.ts"

/** Bytes: the longest message in a form, with room for one that is too long and gets a kind answer; and any other form. */
const LARGEST_MESSAGE = 512 * 1024
const LARGEST_FORM = 16 * 1024
/** Bytes under way at once, in all and from one address. Whoever signs in, or writes by hand, sends a few hundred, and is let
 *  in whatever others leave unfinished. */
const MOST = 32 * 1024 * 1024
const MOST_THENCE = 4 * 1024 * 1024
const FEW = 4 * 1024
/** Bodies under way at once from one address: hundreds of people may be behind it. When there are as many, one that has been coming
 *  for so many milliseconds gives way to the next: what people send is here long before, and is kept out by nobody's unfinished. */
const MOST_BODIES_THENCE = 1_000
const SLOW_MS = 2_000
/** So long a body may take to come: a long message over a bad line takes some ten seconds. */
const PATIENCE_MS = 30_000
/** The longest message that is one, however it is written: of eight thousand characters, each in twelve signs of JSON. */
const LONGEST_MEANT = 128 * 1024
/** Until the memory of what was not meant is free again. */
const SETTLING_MS = 1_000

/** A length as a number. Of one that is said twice the runtime makes "5, 5", which is none, and no bound holds what is none. */
const LENGTH = /^\d{1,15}$/

/** Where one speaks. */
const MESSAGES = [/^\/chat\/[^/]+\/?$/, /^\/(chat\/[^/]+\/)?post\/$/, /^\/api\/v1\/rooms\/[^/]+\/messages$/]
/** What is there for who is not signed in. */
const OPEN = /^\/(login|register|logout|password\/[^/]+)$/

/** `coming`: in the order in which they began. */
type Thence = { bytes: number; count: number; coming: Set<Coming> }

/** The room for bodies of one process. */
export class Bodies {
  readonly patience: number
  #bytes = 0
  readonly #thence = new Map<string, Thence>()

  constructor(patience = PATIENCE_MS) {
    this.patience = patience
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Answers how to give the room back, `isLater` after a while; refuses when there is none. */
  makeRoom(address: string, bytes: number, coming?: Coming): (isLater?: boolean) => void {
    const thence = this.#thence.get(address) ?? { bytes: 0, count: 0, coming: new Set() }
    const isMuch = bytes > FEW && (thence.bytes + bytes > MOST_THENCE || this.#bytes + bytes > MOST)
    if (isMuch || (thence.count >= MOST_BODIES_THENCE && !givesWay(thence)))
      throw new Refusal("slow_down", "Too much is being sent at once. Try again in a few seconds.")
    this.#thence.set(address, thence)
    const count = (sign: 1 | -1) => {
      this.#bytes += sign * bytes
      thence.bytes += sign * bytes
      thence.count += sign
      if (thence.count === 0) this.#thence.delete(address)
    }
    count(1)
    if (coming) thence.coming.add(coming)
    return (isLater = false) => {
      if (coming) thence.coming.delete(coming)
      if (isLater && bytes > FEW) setTimeout(() => count(-1), SETTLING_MS)
      else count(-1)
    }
  }
}

/** Gives up the one that has been coming for longest, if that is long. */
function givesWay({ coming }: Thence): boolean {
  const before = performance.now() - SLOW_MS
  for (const one of coming) {
    if (one.since > before) return false
    if (one.isOver || !one.giveUp) continue // it is being worked on
    coming.delete(one)
    one.giveUp()
    return true
  }
  return false
}

const tooLarge = () => new Refusal("too_large", "That is more than fits. Send it in parts.")

/** Whether anything comes after the head: a length is said, or that it comes in pieces (RFC 9112, 6.3). Asked of the runtime, it
 *  would make a stream of what is mostly there already. */
export const hasBody = ({ headers }: Request): boolean => {
  const length = headers.get("content-length")
  return (length !== null && length !== "0") || headers.has("transfer-encoding")
}

/** Before anything is waited for. What is read is left where a handler asks for it, and nothing is read for who may not send. */
export const takeRoom = (bodies: Bodies): MiddlewareHandler<Env> => {
  return (context, next) => (hasBody(context.req.raw) ? taking(context, next) : next())

  async function taking(context: Ask, next: () => Promise<void>): Promise<undefined> {
    const { headers } = context.req.raw
    const limit = MESSAGES.some((path) => path.test(context.env.asked.path)) ? LARGEST_MESSAGE : LARGEST_FORM
    const said = headers.get("content-length")
    const length = said === null ? limit : Number(said)
    const coming: Coming = {
      isOver: false,
      length: 0,
      stop: () => {},
      patience: bodies.patience,
      since: performance.now(),
    }
    let giveBack: (isLater?: boolean) => void = () => {}
    try {
      if (said !== null && !LENGTH.test(said)) throw new Refusal("malformed", "Say the length of what you send once.")
      if (length > limit) throw tooLarge()
      giveBack = bodies.makeRoom(context.get("address")(), length, coming)
      context.set("body", () => begin(context, said !== null && length <= LARGEST_FORM, limit, coming))
      if (said === null) inBackground(context.get("body")!()) // it may be of any length, and is held by the runtime until it is read
      await next()
    } finally {
      giveBack(!coming.isOver || coming.length > LONGEST_MEANT)
      if (!coming.isOver) {
        coming.stop()
        context.set("isUnfinished", true)
      }
    }
    return undefined
  }
}

/** Once it is known who sends: then it is read, for whoever may send. */
export const readBody: Check = (context) => {
  const begin = context.get("body")
  if (!begin) return
  const mayBe = context.get("caller").person || OPEN.test(context.env.asked.path) || isUnsentMessage(context)
  const toLookAt = async () => {
    if (!mayBe) throw new Refusal("unauthorized", "Sign in first.")
    const whole = await begin()
    await context.get("toLookAt")?.(whole.byteLength)
    return isJson(context) ? textOf(whole) : whole
  }
  const read = toLookAt()
  read.catch(() => {}) // whoever asks for it hears of it
  const bodyCache = context.req.bodyCache as Record<string, Promise<unknown>> // where the framework keeps what it has read
  bodyCache[isJson(context) ? "text" : "arrayBuffer"] = read
}

/** Of whom the session has ended meanwhile: they are shown what they wrote. */
const isUnsentMessage = (context: Ask): boolean => MESSAGES[0]!.test(context.env.asked.path) && wantsPage(context)

const isJson = ({ req }: Ask): boolean => mediaOf(req.header("content-type")) === "json"

/** `length`: how much of it came, of one that is over. */
type Coming = {
  isOver: boolean
  length: number
  stop: () => void
  patience: number
  since: number
  /** Waits no longer for the rest. */
  giveUp?: () => void
  read?: Promise<ArrayBuffer>
}

/** The whole of it, once: a short one as the runtime has it, a long one piece by piece, no further than the limit. */
function begin(context: Ask, isShort: boolean, limit: number, coming: Coming): Promise<ArrayBuffer> {
  if (coming.read) return coming.read
  const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>()
  const late = (milliseconds: number) => () => {
    coming.stop()
    reject(new Refusal("malformed", `What you sent did not come within ${milliseconds / 1000} seconds. Send it again.`))
  }
  coming.giveUp = late(SLOW_MS)
  const timer = setTimeout(late(coming.patience), coming.patience)
  wholeOf(context, isShort, limit, coming).then(
    (whole) => {
      clearTimeout(timer)
      coming.isOver = true
      coming.length = whole.byteLength
      resolve(whole)
    },
    (error) => {
      clearTimeout(timer)
      const brokeOff = new Refusal("malformed", "What you sent broke off. Send it again.") // whoever sent it is gone
      reject(error instanceof Refusal ? error : brokeOff)
    },
  )
  coming.read = promise
  promise.catch(() => {})
  return promise
}

/** As bytes: as text the runtime would put U+FFFD for what is none, and nobody could tell it from one that was sent. */
async function wholeOf({ req: { raw } }: Ask, isShort: boolean, limit: number, coming: Coming): Promise<ArrayBuffer> {
  if (isShort) return raw.arrayBuffer()
  return raw.body ? inPieces(raw.body, limit, coming) : new ArrayBuffer(0)
}

async function inPieces(body: ReadableStream<Uint8Array>, limit: number, coming: Coming): Promise<ArrayBuffer> {
  const reader = body.getReader()
  coming.stop = () => void reader.cancel().catch(() => {})
  const pieces: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) {
      coming.stop()
      throw tooLarge()
    }
    pieces.push(value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole.buffer
}
