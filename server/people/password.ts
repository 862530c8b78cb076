// Passwords: argon2id, off the event loop, few at a time. Hashing is meant to be slow and to take memory; a flood of
// sign-ins must not turn that into our own standstill, so whoever cannot be hashed soon is asked to try again.
import { lengthOf, MIN_PASSWORD } from "../../protocol/limits.ts"
import { Refusal } from "../../protocol/refusal.ts"

/** OWASP's password storage cheat sheet: at least 19 MiB, two passes. */
const COST = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const
/** One a core of a small machine: 2 x 19 MiB at most. */
const AT_ONCE = 2
/** Some 50 ms each: nobody waits longer than about two seconds. */
const MOST_WAITING = 60

let hashing = 0
const waiting: (() => void)[] = []

/** One spelling of what was typed: the same key strokes on another machine may give other code points. */
const spelled = (password: string) => password.normalize("NFKC")

export function mustBeStrong(password: string): void {
  if (lengthOf(spelled(password)) < MIN_PASSWORD)
    throw new Refusal(
      "invalid",
      `A password has at least ${MIN_PASSWORD} characters. A few words make a good one.`,
      "password",
    )
}

export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => Bun.password.hash(spelled(password), COST))

/** Takes as long for nobody's password as for somebody's, so that the time does not tell who has an account. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const right = await inTurn(async () => Bun.password.verify(spelled(password), hash ?? (await decoy())))
  return right && hash !== null
}

let made: Promise<string> | undefined
const decoy = () => (made ??= Bun.password.hash(crypto.randomUUID(), COST))

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (hashing >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING)
      throw new Refusal("slow_down", "Many people are signing in just now. Try again in a few seconds.")
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else hashing++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else hashing--
  }
}
