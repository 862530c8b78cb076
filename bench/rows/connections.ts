// Many who are there and say nothing: how soon they are in, what each holds of the server's memory, and how soon all
// are back after the server was killed.
import { parlour, peopleOf, type Seat } from "../dialects.ts"
import { askAll, type Ear, openEars, seatsAgain } from "../ears.ts"
import { kibibytes, type Row, short } from "../row.ts"
import { startParlour, withFolder } from "../server.ts"

const SIZES = [1_000, 10_000, 18_000]
const SETTLING = 3_000
const MEMORY_REACH = 8 * 1024
const OPEN_REACH = 10
const BACK_REACH = 15

export const connections: Row = {
  name: "connections",
  what: "idle WebSockets: memory each, all open, all live after the server was killed and started",
  reach: `18,000: under 8 KiB, ${OPEN_REACH} s, ${BACK_REACH} s`,
  measure: () =>
    withFolder(async (folder) => {
      const numbers: Record<string, number> = {}
      let server = await startParlour(folder)
      try {
        const people = await peopleOf(server)
        const seats: Seat[] = []
        const ears: Ear[] = []
        await Bun.sleep(SETTLING)
        const rest = server.memory()
        let opening = 0
        for (const size of SIZES) {
          while (seats.length < size) seats.push({ path: "/events", cookie: people[seats.length % people.length]! })
          const began = performance.now()
          ears.push(...(await openEars(server, parlour, seats.slice(ears.length))))
          opening += (performance.now() - began) / 1000
          await Bun.sleep(SETTLING)
          await askAll(ears)
          numbers[`memory${size}`] = (server.memory() - rest) / size
          numbers[`open${size}`] = opening
        }
        const { port } = server
        const killed = performance.now()
        await server.kill()
        for (const ear of ears) ear.close()
        server = await startParlour(folder, { port })
        numbers.restart = (performance.now() - killed) / 1000
        const returned = await openEars(server, parlour, seatsAgain(ears, seats))
        numbers.back = (performance.now() - killed) / 1000
        numbers.live = returned.filter((ear) => ear.isReady).length
        for (const ear of returned) ear.close()
      } finally {
        await server.stop()
      }
      const most = SIZES.at(-1)!
      const each = numbers[`memory${most}`]!
      const open = numbers[`open${most}`]!
      return {
        measured: `${short(most)}: ${kibibytes(each)}, ${short(open)} s, ${short(numbers.back!)} s`,
        met: each < MEMORY_REACH && open < OPEN_REACH && numbers.back! < BACK_REACH && numbers.live === most,
        notes: [
          ...SIZES.map(
            (size) =>
              `${short(size)}: ${kibibytes(numbers[`memory${size}`]!)} each, open in ${short(numbers[`open${size}`]!)} s`,
          ),
          `killed and serving again in ${short(numbers.restart!)} s; ${numbers.live} live again`,
        ],
        numbers,
        plots: [
          {
            title: "Memory of the server an idle WebSocket, KiB",
            lines: [{ name: "KiB", points: SIZES.map((size) => [size, numbers[`memory${size}`]! / 1024]) }],
          },
        ],
      }
    }),
}
