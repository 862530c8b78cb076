// A refusal is an answer, not an accident: the request was understood and declined, and its sentence
// says what to do next. Anything else that is thrown is a bug; the client sees only "Something broke".

/** Each code and the HTTP status that carries it. */
export const statusOf = {
  invalid: 422,
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  taken: 409,
  too_large: 413,
  misdirected: 421,
  slow_down: 429,
  try_again: 503,
} as const

export type RefusalCode = keyof typeof statusOf

export class Refusal extends Error {
  readonly code: RefusalCode
  /** The form field that the sentence is about, where there is one. */
  readonly field: string | undefined
  /** Seconds after which it is worth trying again, where that is known: HTTP says it as Retry-After. */
  readonly after: number | undefined

  constructor(code: RefusalCode, sentence: string, field?: string, after?: number) {
    super(sentence)
    this.code = code
    this.field = field
    this.after = after
  }

  /** As every API answer and every socket frame carries it. */
  toJSON(): { code: RefusalCode; message: string; field?: string } {
    return { code: this.code, message: this.message, ...(this.field && { field: this.field }) }
  }
}
