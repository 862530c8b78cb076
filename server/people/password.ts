// Passwords: argon2id, off the event loop, few at a time. Hashing is meant to be slow and to take memory; a flood of
// sign-ins must not turn that into our own standstill: see hash-queue.ts.
import { availableParallelism } from "node:os"
import { lengthOf, MAX_PASSWORD, MIN_PASSWORD } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { typed } from "../../protocol/text.ts"
import { guessesFor } from "./guesses.ts"
import { type From, HashQueue } from "./hash-queue.ts"

/** OWASP's password storage cheat sheet: at least 19 MiB, two passes. */
export const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const
/** 19 MiB each. A processor is left for those who talk, so that a flood of sign-ins does not slow them down. */
const AT_ONCE = availableParallelism() > 2 ? 2 : 1
const queue = new HashQueue(AT_ONCE)

/** One spelling of what was typed: the same key strokes on another machine may give other code points. */
const spelled = (password: string) => typed(password, MAX_PASSWORD)

/** Guesses that a password has to withstand. By what one account may be guessed at from everywhere (server/throttle.ts) these are
 *  nine years of trying; and of what falls to no list, eight characters by chance are worth more. */
const FEWEST_GUESSES = 10_000_000
/** What it is called that they sign in to. */
const PRODUCT = "Parlour"

/** Long enough, and not what guessers try first: common passwords, what stands in rows on the keyboard, the names that everyone
 *  knows here, and whatever little is put to these. `names`: theirs, and that of the place. */
export function mustBeStrong(password: string, names: string[]): void {
  if (lengthOf(spelled(password)) < MIN_PASSWORD)
    throw new Refusal(
      "invalid",
      `A password has at least ${MIN_PASSWORD} characters. A few words make a good one.`,
      "password",
    )
  const plain = spelled(password)
  if (guessesFor(plain, [PRODUCT, ...names]) >= FEWEST_GUESSES) return
  if (guessesFor(plain, [PRODUCT]) < FEWEST_GUESSES)
    throw new Refusal(
      "invalid",
      "That is among the first that anyone would guess. A few words make a good one.",
      "password",
    )
  throw new Refusal(
    "invalid",
    "That is little more than your name, or the name of this place. A few words that have nothing to do with them make a good one.",
    "password",
  )
}

/** The hash to keep, when its turn has come. Refuses, with when to come again, whoever would wait too long. */
export const hashPassword = (password: string, from: From): Promise<string> =>
  queue.run(from, () => Bun.password.hash(spelled(password), COST))

/** Takes as long for nobody's password as for somebody's, so that the time does not tell who has an account. */
export async function isPassword(password: string, hash: string | null, from: From): Promise<boolean> {
  const right = await queue.run(from, async () => Bun.password.verify(spelled(password), hash ?? (await decoy())))
  return right && hash !== null
}

let made: Promise<string> | undefined
const decoy = () => (made ??= Bun.password.hash(crypto.randomUUID(), COST))
