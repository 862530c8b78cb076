// The one way in for JSON from outside. A parser takes any depth, and whoever walks what it made, to write it down again say,
// runs out of stack. So the text is looked at before it is parsed: how deep it is nested and how many values it holds. That is
// one pass, and costs less than the parsing.
import { Refusal } from "./refusal.ts"

/** Levels of arrays and objects in each other. What we speak has three. */
export const MAX_DEPTH = 32
/** Values in one text, keys not counted. A command has a handful; a batch of an import says itself how many it has. */
export const MAX_VALUES = 1_000

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Refuses what is nested too deeply or holds too much, with a sentence of its own, and what is no JSON with `otherwise`. */
export function parseJson(text: string, otherwise = "That is not JSON.", most = MAX_VALUES): unknown {
  mustBeFlat(text, most)
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal("malformed", otherwise)
  }
}

/** The same of what has to be an object. */
export function parseJsonObject(text: string, otherwise: string, most?: number): Record<string, unknown> {
  const parsed = parseJson(text, otherwise, most)
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Refusal("malformed", otherwise)
  return parsed as Record<string, unknown>
}

/** What is no JSON is passed over here: that it is none, the parser says. */
function mustBeFlat(text: string, most: number): void {
  let depth = 0
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at)
    if (sign === QUOTE) at = endOfString(text, at + 1)
    else if (sign === COMMA) values++
    else if (sign === OPEN_ARRAY || sign === OPEN_OBJECT) {
      values++
      if (++depth > MAX_DEPTH)
        throw new Refusal("malformed", `That is nested too deeply: JSON has at most ${MAX_DEPTH} levels here.`)
    } else if (sign === CLOSE_ARRAY || sign === CLOSE_OBJECT) depth--
    if (values > most) throw new Refusal("malformed", "That holds more values than any command has. Send fewer.")
  }
}

/** Where the string that began before `from` ends: at its quote, or with the text. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; ) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH && quote - 1 - backslashes >= from) backslashes++
    if (backslashes % 2 === 0) return quote
    at = quote + 1
  }
}
