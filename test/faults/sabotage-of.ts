// How a deliberately broken build is written down: which words of which file are replaced by which.
import type { Habits } from "./worker.ts"

export type Sabotage = {
  name: string
  /** The fault that must catch it. */
  by: string
  changes: { file: string; from: string; to: string }[]
  /** Only someone with Parlour's own page, or without scripts, sees it. */
  page?: true
  /** What the workers must be like to meet it, where that is not what the fault makes of them. */
  habits?: Partial<Habits>
}

export const in_ = (file: string) => (from: string, to: string) => ({ file, from, to })

export const one = (name: string, by: string, ...changes: Sabotage["changes"]): Sabotage => ({ name, by, changes })

/** The same, met by workers with these habits. */
export const whoAre = (habits: Partial<Habits>, sabotage: Sabotage): Sabotage => ({ ...sabotage, habits })
