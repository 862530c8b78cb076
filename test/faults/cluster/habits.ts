// How people behave under a broken build. A build is broken before anything of the server is loaded (../preload.ts), so this
// loads nothing.
import type { Habits } from "../worker.ts"

/** They stay where they are: whoever comes back brings a cursor, which tells a process what it has missed. */
export const staying: Partial<Habits> = { stays: 60_000, doors: ["websocket", "websocket", "sse"] }
