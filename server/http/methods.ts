// What can be done at an address, for who asks for something else there.
import type { Hono } from "hono"
import type { Env } from "./env.ts"

const METHODS = ["GET", "POST", "PUT", "DELETE"]

/** The methods of an address, with those that come of themselves; none where there is nothing. */
export function methodsOf(hono: Hono<Env>, path: string): string[] {
  // What every request passes is registered for all methods, and is no answer.
  const answers = (method: string) => hono.router.match(method, path)[0].some(([[, route]]) => route.method === method)
  const found = METHODS.filter(answers)
  return found.length === 0 ? [] : [...found, ...(found.includes("GET") ? ["HEAD"] : []), "OPTIONS"]
}
