// What was said to one of the commands for developers: read, or answered by how it is used.
import { type ParseArgsConfig, parseArgs } from "node:util"

type Options = NonNullable<ParseArgsConfig["options"]>

/** The options and words of a command. Prints its usage and ends when asked for help, or when there is no such option. */
export function wordsOf<Known extends Options>(usage: string, options: Known) {
  try {
    const said = parseArgs({ allowPositionals: true, options: { ...options, help: { type: "boolean", short: "h" } } })
    if (!(said.values as { help?: boolean }).help) return said
  } catch (error) {
    refuse(`${(error as Error).message}\n\n${usage}`)
  }
  console.log(usage)
  process.exit(0)
}

/** A whole number of at least `least`, or one sentence and the end. */
export function numberIn(name: string, text: string, least = 1): number {
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text)
  return refuse(`--${name} is a whole number, ${least} or more: "${text}" is not.`)
}

/** Those that are meant by the words: all without a word. A word that means none is refused, with the names there are. */
export function chosenBy<One extends { name: string }>(words: string[], all: One[]): One[] {
  const strange = words.find((word) => !all.some(({ name }) => name.includes(word)))
  if (strange !== undefined)
    refuse(`Nothing here is called "${strange}". There are:\n  ${all.map(({ name }) => name).join("\n  ")}`)
  return all.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
}

export function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
