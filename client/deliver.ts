// One message to the server, by whichever way is open, and what became of it. Over a line that is live the session is
// known to be the author's. Without one it is asked first: in another tab someone else may have signed in since.
import type { Problem } from "../view/snapshot.ts"
import type { Browser } from "./browser.ts"
import { Declined, fetchPerson } from "./history.ts"
import { type Answer, answerOf } from "./transport.ts"

/** A message without an answer by then is sent again, with its nonce. */
const ANSWER_WITHIN = 15_000

export type Letter = { room: number; slug: string; text: string; nonce: string }

type Ways = {
  browser: Browser
  me: number
  connection: {
    live(): boolean
    post(room: number, text: string, nonce: string): Promise<Answer> | undefined
  }
}

export async function deliver({ browser, me, connection }: Ways, letter: Letter): Promise<Answer> {
  const overLine = connection.post(letter.room, letter.text, letter.nonce)
  if (overLine) return overLine
  try {
    if (!connection.live() && (await fetchPerson(browser)).person.id !== me) return { kind: "signed_out" }
  } catch (error) {
    return error instanceof Declined && error.status === 401 ? { kind: "signed_out" } : { kind: "again" }
  }
  return post(browser, letter)
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
    return await answerTo(response)
  } catch {
    return { kind: "again" }
  } finally {
    cancel()
  }
}

async function answerTo(response: Response): Promise<Answer> {
  const { status } = response
  if (response.ok) return { kind: "said", message: await response.json() }
  if (status === 401) return { kind: "signed_out" }
  if (status === 408 || status === 429 || status >= 500) return again(response.headers.get("retry-after"))
  const { error } = (await response.json().catch(() => ({}))) as { error?: Problem }
  return error ? answerOf(error) : { kind: "refused", problem: refusedBy(status) }
}

const again = (seconds: string | null): Answer =>
  Number(seconds) > 0 ? { kind: "again", after: Number(seconds) * 1_000 } : { kind: "again" }

/** Something between here and the server said no, without our words. */
const refusedBy = (status: number): Problem => ({
  code: "invalid",
  message: `It was not accepted (${status}). It is kept here: try again, or ask whoever runs this place.`,
})
