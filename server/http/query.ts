// What an address asks behind its question mark: taken apart once for each request, when it is first wanted. The framework decodes
// all of it anew for each word that it is asked for, and bad percents take it long.
import { Refusal } from "../../protocol/refusal.ts"
import type { Asked } from "./asked.ts"
import type { Ask, Check } from "./env.ts"

/** Parts of one query. The longest of ours has four. */
const MOST_PARTS = 100

const known = new WeakMap<Asked, URLSearchParams>()

/** The first of that name; "" of one that has no value. */
export function queried({ env }: Ask, name: string): string | undefined {
  let query = known.get(env.asked)
  if (!query) {
    query = new URLSearchParams(env.asked.search)
    known.set(env.asked, query)
  }
  return query.get(name) ?? undefined
}

/** Before any is asked for. */
export const shortQuery: Check = ({ env }) => {
  const { search } = env.asked
  let parts = 1
  for (let at = search.indexOf("&"); at >= 0; at = search.indexOf("&", at + 1))
    if (++parts > MOST_PARTS)
      throw new Refusal(
        "too_large",
        "That address asks for more than any of ours. Look for what you want among the rooms.",
      )
}
