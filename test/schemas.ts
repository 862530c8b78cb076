// The schemas of what comes in, as tests walk them: which places in them have a size, and what its bound is.
import type * as v from "valibot"

export type Schema = {
  type: string
  pipe?: Schema[]
  requirement?: unknown
  options?: Schema[]
  entries?: Record<string, Schema>
  item?: Schema
  wrapped?: Schema
  literal?: unknown
}

/** A string or a list: its path is the command's type, then keys. `bound` is null where the first that is done is anything but
 *  measuring it. */
export type Place = { path: string; kind: "string" | "array"; bound: number | null }

/** What has no size. */
const PLAIN = new Set(["literal", "picklist", "number", "boolean"])

/** Throws at a kind of schema of which it is not known whether it has a size. */
export function placesOf(schema: Schema | v.GenericSchema, path = ""): Place[] {
  const { pipe, ...alone } = schema as Schema
  const [own = alone, first] = pipe ?? [alone]
  const bound = first?.type === "max_length" ? (first.requirement as number) : null
  switch (own.type) {
    case "variant":
    case "union":
      return own.options!.flatMap((option) => placesOf(option, path))
    case "object": {
      const name = (own.entries?.type?.literal as string | undefined) ?? path
      return Object.entries(own.entries!).flatMap(([key, entry]) => placesOf(entry, `${name}.${key}`))
    }
    case "optional":
      return placesOf(own.wrapped!, path)
    case "array":
      return [{ path, kind: "array", bound }, ...placesOf(own.item!, `${path}[]`)]
    case "string":
      return [{ path, kind: "string", bound }]
    default:
      if (PLAIN.has(own.type)) return []
      throw new Error(`${path} is of a kind that the tests do not know: ${own.type}`)
  }
}

/** Each command's type with its fields. */
export function fieldsOf(schema: Schema | v.GenericSchema): Record<string, string[]> {
  const { type, options, entries } = schema as Schema
  if (type === "variant") return Object.assign({}, ...options!.map(fieldsOf))
  return { [entries!.type!.literal as string]: Object.keys(entries!).filter((key) => key !== "type") }
}
