// Renders the Helm chart, by as much of Helm's language as the chart speaks: Helm itself may not be to be had where the tests
// run. What is not understood throws, so that nothing passes unread.
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { YAML } from "bun"

const CHART = join(import.meta.dirname, "../deploy/helm/parlour")
const TEMPLATES = join(CHART, "templates")

type Value = unknown
export type Tree = { [name: string]: Value }
type Scope = { dot: Value; variables: Tree }
type Node = string | { action: string } | { block: string; inside: Node[]; instead: Node[] }

/** Text, actions, and what stands between `if`, `with` or `define`, `else` and `end`. */
function read(text: string): Node[] {
  const tokens = text
    .replace(/\s*\{\{-/g, "{{")
    .replace(/-\}\}\s*/g, "}}")
    .split(/(\{\{.*?\}\})/s)
  let at = 0
  const nodes = (within: string | null): { list: Node[]; end: string } => {
    const list: Node[] = []
    for (; at < tokens.length; at++) {
      const action = tokens[at]!.match(/^\{\{\s*(.*?)\s*\}\}$/s)?.[1]
      if (action === undefined) list.push(tokens[at]!)
      else if (action === "end" || action === "else") {
        if (within === null) throw new Error(`{{ ${action} }} without a beginning`)
        return { list, end: action }
      } else if (/^(if|with|define) /.test(action)) {
        at++
        const { list: inside, end } = nodes(action)
        if (end === "else") at++
        list.push({ block: action, inside, instead: end === "else" ? nodes(action).list : [] })
      } else if (!action.startsWith("/*")) list.push({ action })
    }
    if (within !== null) throw new Error(`{{ ${within} }} without an end`)
    return { list, end: "" }
  }
  return nodes(null).list
}

const isSo = (value: Value) => Boolean(value) && (typeof value !== "object" || Object.keys(value as object).length > 0)
const indented = (n: number, text: string) => text.replace(/^/gm, " ".repeat(n))

/** All that the chart comes to with these values: a list of what Kubernetes is given. */
export async function render(given: Tree): Promise<Tree[]> {
  const meta = YAML.parse(await readFile(join(CHART, "Chart.yaml"), "utf8")) as Tree
  const root: Tree = {
    Values: merged(YAML.parse(await readFile(join(CHART, "values.yaml"), "utf8")) as Tree, given),
    Chart: { Name: meta.name, Version: meta.version, AppVersion: meta.appVersion },
    Release: { Name: "chat", Namespace: "talk", Service: "Helm" },
    Template: { BasePath: "templates" },
  }
  const files = new Map<string, Node[]>()
  for (const name of await readdir(TEMPLATES))
    files.set(`templates/${name}`, read(await readFile(join(TEMPLATES, name), "utf8")))
  const defined = new Map(files)

  const functions: Record<string, (...values: never[]) => Value> = {
    include: (name: string, dot: Value) => {
      if (!defined.has(name)) throw new Error(`${name} is not defined`)
      return written(defined.get(name)!, { dot, variables: {} })
    },
    quote: (value: Value) => JSON.stringify(`${value}`),
    nindent: (n: number, text: string) => `\n${indented(n, text)}`,
    toYaml: (value: Value) => YAML.stringify(value, null, 2).trimEnd(),
    default: (otherwise: Value, value: Value) => (isSo(value) ? value : otherwise),
    not: (value: Value) => !isSo(value),
    gt: (one: number, other: number) => one > other,
    int: (value: Value) => Math.trunc(Number(value)),
    print: (...all: Value[]) => all.join(""),
    printf: (form: string, ...all: Value[]) => form.replace(/%s/g, () => `${all.shift()}`),
    contains: (part: string, whole: string) => whole.includes(part),
    replace: (old: string, by: string, text: string) => text.replaceAll(old, by),
    trunc: (n: number, text: string) => text.slice(0, n),
    trimSuffix: (end: string, text: string) => (text.endsWith(end) ? text.slice(0, -end.length) : text),
    sha256sum: (text: string) => createHash("sha256").update(text).digest("hex"),
    urlParse: (url: string) => ({ hostname: new URL(url).hostname }),
  }

  /** One thing of an expression: a literal, a path, or another expression in brackets and what of it. */
  function standsFor(word: string, scope: Scope): Value {
    if (/^["\d]/.test(word)) return JSON.parse(word)
    const [, inner, rest] = word.match(/^\((.*)\)([^)]*)$/) ?? word.match(/^()(.*)$/)!
    const [first = "", ...path] = rest!.split(".")
    const from = inner ? evaluate(inner, scope) : first === "$" ? root : first ? scope.variables[first] : scope.dot
    if (from === undefined) throw new Error(`${word} is nothing`)
    return path.filter(Boolean).reduce<Value>((here, name) => (here as Tree)?.[name], from)
  }

  function evaluate(text: string, scope: Scope): Value {
    const parts = split(text, "|").map((part) => split(part.trim(), " "))
    return parts.reduce<Value>((piped, [first, ...rest], i) => {
      const [before, last] = [rest.map((word) => standsFor(word, scope)), i > 0 ? [piped] : []]
      if (!/^[a-z]/i.test(first!)) return standsFor(first!, scope)
      if (!functions[first!]) throw new Error(`${first} is not known`)
      return functions[first!]!(...([...before, ...last] as never[]))
    }, undefined)
  }

  function written(nodes: Node[], scope: Scope): string {
    return nodes
      .map((node) => {
        if (typeof node === "string") return node
        if ("action" in node) {
          const [, name, value] = node.action.match(/^(\$\w+) := (.*)$/s) ?? []
          if (!name) return `${evaluate(node.action, scope) ?? ""}`
          scope.variables[name] = evaluate(value!, scope)
          return ""
        }
        const [word, ...what] = node.block.split(" ")
        if (word === "define") return ""
        const value = evaluate(what.join(" "), scope)
        const dot = word === "with" && isSo(value) ? value : scope.dot
        return written(isSo(value) ? node.inside : node.instead, { ...scope, dot })
      })
      .join("")
  }

  for (const nodes of files.values())
    for (const node of nodes)
      if (typeof node === "object" && "block" in node && node.block.startsWith("define "))
        defined.set(JSON.parse(node.block.slice("define ".length)), node.inside)
  return [...files]
    .filter(([name]) => name.endsWith(".yaml"))
    .flatMap(([, nodes]) => {
      const text = written(nodes, { dot: root, variables: {} })
      return text.trim() ? [YAML.parse(text) as Tree] : []
    })
}

/** At each sign that stands in no brackets and no quotes. */
const split = (text: string, sign: string) =>
  text.match(
    sign === "|"
      ? /(\((?:[^()]|\([^()]*\))*\)|"[^"]*"|[^|"(])+/g
      : /((\((?:[^()]|\([^()]*\))*\)|"[^"]*")\S*|[^\s"(]+)/g,
  ) ?? []

function merged(tree: Tree, over: Tree): Tree {
  const both = { ...tree }
  for (const [name, value] of Object.entries(over)) {
    const isTree = value !== null && typeof value === "object" && !Array.isArray(value)
    both[name] = isTree ? merged((tree[name] ?? {}) as Tree, value as Tree) : value
  }
  return both
}
