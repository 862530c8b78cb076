// One message to the server, by whichever way is open, and what became of it. Over a line that is live the session is
// known to be the author's. Without one it is asked first: in another tab someone else may have signed in since.
import type { Problem } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"
import { Declined, fetchPerson } from "./history.ts"
import { type Answer, answerOf, isOfAnother, problemIn, saidBy } from "./transport.ts"

/** A message without an answer by then is sent again, with its nonce. */
const ANSWER_WITHIN = 15_000
/** Whoever asks for more patience than this does not know who waits. */
const LONGEST_WAIT = 300_000

export type Letter = { room: number; slug: string; text: string; nonce: string }

type Ways = {
  browser: Browser
  me: number
  connection: {
    live(): boolean
    wake(): void
    post(room: number, text: string, nonce: string): Promise<Answer> | undefined
  }
}

/** `leave` is asked right before the words leave. When it says no they stay. */
export async function deliver(
  { browser, me, connection }: Ways,
  letter: Letter,
  leave: () => Promise<boolean> = async () => true,
): Promise<Answer> {
  const vouched = connection.live()
  if (!vouched) {
    const no = await whyNotMine(browser, me)
    if (no) return no
    connection.wake() // the server answers: no need to wait for the next try
  }
  if (!(await leave())) return { kind: "again", unsent: true }
  const overLine = connection.post(letter.room, letter.text, letter.nonce)
  if (overLine) return overLine
  // The line that vouched for the session broke just now.
  if (vouched && !connection.live()) return { kind: "again", unsent: true }
  return post(browser, letter)
}

async function whyNotMine(browser: Browser, me: number): Promise<Answer | undefined> {
  try {
    return (await fetchPerson(browser)).person.id === me ? undefined : { kind: "signed_out" }
  } catch (error) {
    const isSignedOut = error instanceof Declined && error.code === "unauthorized"
    return isSignedOut ? { kind: "signed_out" } : { kind: "again", unsent: true }
  }
}

async function post(browser: Browser, { slug, text, nonce }: Letter): Promise<Answer> {
  const giveUp = new AbortController()
  const cancel = browser.after(ANSWER_WITHIN, () => giveUp.abort())
  try {
    const response = await browser.fetch(`/api/v1/rooms/${encodeURIComponent(slug)}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ text, nonce }),
      signal: giveUp.signal,
    })
    return await answerTo(response, nonce)
  } catch {
    return { kind: "again" }
  } finally {
    cancel()
  }
}

async function answerTo(response: Response, nonce: string): Promise<Answer> {
  const { status } = response
  if (response.ok) return saidBy(nonce, await response.json())
  const error = await problemIn(response)
  if (error?.code === "unauthorized") return { kind: "signed_out" }
  // A login in front of the place: it knows nothing of what was said.
  if (isOfAnother(status, error)) return { kind: "again" }
  if (status === 429) return { ...again(response, error), unsent: true }
  if (status === 408 || status >= 500) return again(response, error)
  return error ? answerOf(error) : { kind: "refused", problem: refusedBy(status) }
}

function again({ headers }: Response, error: Problem | undefined): Extract<Answer, { kind: "again" }> {
  const seconds = Number(headers.get("retry-after"))
  return {
    kind: "again",
    ...(seconds > 0 && { after: Math.min(LONGEST_WAIT, seconds * 1_000) }),
    ...(error && { why: error.message }),
  }
}

/** Something between here and the server said no, without our words. */
const refusedBy = (status: number): Problem => ({
  code: "invalid",
  message: `It was not accepted (${status}). It is kept here: try again, or ask whoever runs this place.`,
})
