// How a deliberately broken build is written down: which words of which file are replaced by which.
export type Sabotage = {
  name: string
  /** The fault that must catch it. */
  by: string
  changes: { file: string; from: string; to: string }[]
}

export const in_ = (file: string) => (from: string, to: string) => ({ file, from, to })

export const one = (name: string, by: string, ...changes: Sabotage["changes"]): Sabotage => ({ name, by, changes })
