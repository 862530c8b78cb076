// Which engines Parlour is alive in, and what of a client is newer than they are. Names of the web's interfaces are looked up in
// the data of web-features, by the keys of browser-compat-data. A name that several interfaces have counts as old if it is old
// in any of them; for what is the language's own, tsc knows better (client/tsconfig.json).
import { type Node as Code, parse as parseCode } from "acorn"
import { parse as parseStyle, walk as walkStyle } from "css-tree"
import { browsers, features } from "web-features"

/** The engines that came out on this day or later: three years before it was last moved. Older ones get the page without
 *  scripts. To be moved once or twice a year, with docs/self-hosting.md. */
export const SINCE = "2023-11-29"

/** The newest syntax that all of them can read. */
const SYNTAX = 2024

const engines = ["chrome", "firefox", "safari"] as const
type Engine = (typeof engines)[number]
export type Versions = Partial<Record<Engine, string>>

/** The oldest supported version of each. */
export const oldest = Object.fromEntries(
  engines.map((engine) => {
    const releases: { date: string; version: string }[] = browsers[engine].releases
    return [engine, releases.find(({ date }) => date >= SINCE)!.version]
  }),
) as Record<Engine, string>

/** Since which version each engine has the thing, by its key in browser-compat-data. */
export const support = new Map<string, Versions>(
  Object.values(features).flatMap((feature) => {
    const known: Record<string, { support: Versions }> =
      feature.kind === "feature" ? (feature.status.by_compat_key ?? {}) : {}
    return Object.entries(known).map(([key, { support }]) => [key, support] as const)
  }),
)

const asNumber = (version: string): number => {
  const [major, minor = 0] = version.replace("≤", "").split(".").map(Number)
  return major! * 1000 + minor
}

/** Whether an engine that has everything up to `versions` has this too. */
export const isWithin = (versions: Versions, key: string): boolean =>
  engines.every((engine) => {
    const since = support.get(key)?.[engine]
    return since !== undefined && asNumber(since) <= asNumber(versions[engine] ?? "0")
  })

/** The members of all interfaces and built-in objects, and the names in all of CSS, by their last word. */
const byName = new Map<string, string[]>()
for (const key of support.keys()) {
  const name = key.slice(key.lastIndexOf(".") + 1).replace(/_static$/, "")
  byName.set(name, [...(byName.get(name) ?? []), key])
}

const keysOf = (name: string, within: RegExp): string[] => (byName.get(name) ?? []).filter((key) => within.test(key))

/** What may be meant by one name: any of these. */
type Meant = string[]

/** What is meant by something newer than `versions`: the keys, a line each. */
function newer(meant: Meant[], versions: Versions): string[] {
  const found = meant.filter((keys) => keys.length > 0 && !keys.some((key) => isWithin(versions, key)))
  return [...new Set(found.map((keys) => keys[0]!))].sort()
}

/** The interfaces whose members a chat may use. Those of others have names that are our own words. */
const HELD =
  /^(api\.(Abort|Animation|Blob|BroadcastChannel|Clipboard|Crypto|DOM|DataTransfer|Document|Element|Event|File|FormData|HTML|Headers|History|IDB|Input|Intersection|Keyboard|Location|Lock|Mouse|Mutation|Navigator|Node|Page|Pointer|Range|Readable|Request|Resize|Response|Selection|Storage(?=\.)|StorageManager|Stream|Text|UI|URL|Visual|WebSocket|Window)\w*|javascript\.builtins\.(Array|Date|Error|Function|Intl(\.\w+)?|JSON|Map|Math|Number|Object|Promise|RegExp|Set|String|\w+Array|WeakMap))\.\w+$/

type Named = Code & { name: string; computed: boolean }

/** What a script asks of an engine. Throws where it cannot be read. */
function meantInScript(script: string): Meant[] {
  const meant: Meant[] = []
  visit(parseCode(script, { ecmaVersion: SYNTAX, sourceType: "module" }), (node) => {
    const { type, name, object, property, computed } = node as Named & { object: Named; property: Named }
    if (type === "Identifier") meant.push(globalOf(name))
    if (type !== "MemberExpression" || computed) return
    const [owner, member] = [object.name, property.name]
    const exact = owner ? [`api.${owner}.${member}_static`, `javascript.builtins.${owner}.${member}`] : []
    const known = exact.filter((key) => support.has(key))
    meant.push(known.length > 0 ? known : keysOf(member, HELD))
  })
  return meant
}

/** A name may be a global one, or one of the script's own: only those that nobody gives to something else count. */
function globalOf(name: string): Meant {
  if (!/^[A-Z]\w{3}|^[a-z]+[A-Z]/.test(name)) return []
  return [`api.${name}`, `javascript.builtins.${name}`].filter((key) => support.has(key))
}

function visit(node: Code, look: (node: Code) => void): void {
  look(node)
  for (const inner of Object.values(node).flat())
    if (inner && typeof (inner as Code).type === "string") visit(inner as Code, look)
}

/** What a style sheet asks of an engine, but for what stands under @supports: that asks first. */
function meantInStyle(style: string): Meant[] {
  const meant: Meant[] = []
  const known = (key: string) => void (support.has(key) && meant.push([key]))
  walkStyle(parseStyle(style, { parseCustomProperty: true }), function (this, node) {
    if (node.type === "Atrule" && node.name === "supports") return walkStyle.skip
    if (node.type === "Atrule") known(`css.at-rules.${node.name}`)
    if (node.type === "Feature") known(`css.at-rules.media.${node.name.replace(/^(min|max)-/, "")}`)
    if (node.type === "PseudoClassSelector" || node.type === "PseudoElementSelector")
      known(`css.selectors.${node.name}`)
    if (node.type === "NestingSelector") known("css.selectors.nesting")
    if (node.type === "Declaration") known(`css.properties.${node.property}`)
    if (node.type === "Function") meant.push(keysOf(node.name, /^css\.types\./))
    if (node.type === "Dimension") meant.push(unit(node.unit))
    if (node.type === "Identifier" && this.declaration)
      known(`css.properties.${this.declaration.property}.${node.name}`)
    return undefined
  })
  return meant
}

const unit = (name: string): Meant =>
  /^[dsl]v(h|w|b|i|min|max)$/.test(name)
    ? [`css.types.length.viewport_percentage_units_${{ d: "dynamic", s: "small", l: "large" }[name[0]!]}`]
    : keysOf(name, /^css\.types\./)

/** What pages ask of an engine: elements and attributes. */
function meantInPage(html: string): Meant[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*\/?>/g)].flatMap(
    ([, element, attributes]) => {
      const names = [...attributes!.matchAll(/([a-zA-Z-]+)(="[^"]*")?/g)].map(([, name]) => name!.toLowerCase())
      const keys = names.map((name) => [`html.elements.${element}.${name}`, `html.global_attributes.${name}`])
      return [[`html.elements.${element}`], ...keys].map((keys) => keys.filter((key) => support.has(key)))
    },
  )
}

export type Client = { script: string; style: string; pages: string }

export const meantIn = ({ script, style, pages }: Client): Meant[] => [
  ...meantInScript(script),
  ...meantInStyle(style),
  ...meantInPage(pages),
]

/** The keys of all that is newer than these versions. */
export const tooNew = (client: Client, versions: Versions = oldest): string[] => newer(meantIn(client), versions)
