// What each broken build of several processes must break, by its name: it is caught by one of these rules, and by no other.
import type { Rule } from "../checker.ts"

export const breaks: Record<string, Rule[]> = {
  "answers before Postgres has committed": ["O1", "O3"],
  "tells the others before Postgres has committed": ["O3"],
  "asks the clock only when the bus is dead": ["O8"],
  "believes a bus that has gone deaf": ["O8"],
  "asks nothing when it is subscribed again": ["O8"],
  "tells what comes late as it comes": ["O3"],
  "leaves out what was lost": ["O3"],
  "tells twice what comes twice": ["O3"],
  "takes what another process told for the future": ["O10"],
  "ends a session in its own process": ["O7"],
  "ends a session in its own process, without Redis": ["O7"],
  "ends a membership in its own process": ["O3", "O7"],
  "ends a membership in its own process, without Redis": ["O3", "O7"],
  "believes for ever who was with a process that died": ["O12"],
  "goes without a word": ["O11"],
  "cuts off whom it is answering": ["O11"],
  "puts a room in the order of its clocks": ["O3", "O6"],
}
