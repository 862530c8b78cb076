// Passwords: argon2id, off the event loop, few at a time. Hashing is meant to be slow and to take memory; a flood of
// sign-ins must not turn that into our own standstill, so whoever cannot be hashed soon is asked to try again.
import { lengthOf, MAX_PASSWORD, MIN_PASSWORD } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"
import { typed } from "../../protocol/text.ts"
import { COMMON } from "./common-passwords.ts"

/** OWASP's password storage cheat sheet: at least 19 MiB, two passes. */
const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const
/** One a core of a small machine: 2 x 19 MiB at most. */
const AT_ONCE = 2
/** Some 50 ms each: nobody waits longer than about two seconds. */
const MOST_WAITING = 60

/** Of these from one address, so that nobody can fill the queue alone. */
const MOST_WAITING_THENCE = 20

let hashing = 0
const waiting: { address: string; begin(): void }[] = []

/** One spelling of what was typed: the same key strokes on another machine may give other code points. */
const spelled = (password: string) => typed(password, MAX_PASSWORD)

/** Long enough, not what guessers try first, and not the name that one signs in by. */
export function mustBeStrong(password: string, username: string): void {
  if (lengthOf(spelled(password)) < MIN_PASSWORD)
    throw new Refusal(
      "invalid",
      `A password has at least ${MIN_PASSWORD} characters. A few words make a good one.`,
      "password",
    )
  const plain = spelled(password).trim().toLowerCase()
  if (COMMON.has(plain) || plain === spelled(username).trim().toLowerCase())
    throw new Refusal(
      "invalid",
      "That is among the first that anyone would guess. A few words make a good one.",
      "password",
    )
}

/** `address` is where it was asked from. */
export const hashPassword = (password: string, address: string): Promise<string> =>
  inTurn(address, () => Bun.password.hash(spelled(password), COST))

/** Takes as long for nobody's password as for somebody's, so that the time does not tell who has an account. */
export async function isPassword(password: string, hash: string | null, address: string): Promise<boolean> {
  const right = await inTurn(address, async () => Bun.password.verify(spelled(password), hash ?? (await decoy())))
  return right && hash !== null
}

let made: Promise<string> | undefined
const decoy = () => (made ??= Bun.password.hash(crypto.randomUUID(), COST))

async function inTurn<Result>(address: string, work: () => Promise<Result>): Promise<Result> {
  if (hashing >= AT_ONCE) {
    const thence = waiting.filter((one) => one.address === address).length
    if (waiting.length >= MOST_WAITING || thence >= MOST_WAITING_THENCE)
      throw new Refusal("slow_down", "Many people are signing in just now. Try again in a few seconds.")
    await new Promise<void>((resolve) => waiting.push({ address, begin: resolve }))
  } else hashing++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next.begin()
    else hashing--
  }
}
