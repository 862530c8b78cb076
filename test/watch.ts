// A program for the tests: `parlour start --processes 3` that sees sooner that a process hangs, and whose processes can be made
// to turn for ever.
import { catchTheRest } from "../server/last-resort.ts"
import { Supervisor } from "../server/supervisor.ts"

/** Milliseconds. */
export const HANGING = 3_000

async function main(): Promise<void> {
  if (process.argv.includes("--shared")) {
    process.on("SIGUSR2", () => {
      for (;;);
    })
    await import("../server/main.ts")
    return
  }
  catchTheRest(() => process.exit(1))
  const supervisor = new Supervisor(3, Number(process.env.PORT), HANGING)
  process.on("SIGTERM", () => void supervisor.stop().then(() => process.exit(0)))
  console.log(`Parlour is open at ${(await supervisor.opened)?.url}`)
}

if (import.meta.main) await main()
