// What the runtime takes to send, by how much goes out to a socket in one turn of the event loop; and what the kernel keeps
// for a socket.
import { readFileSync } from "node:fs"
import { bare } from "../../dialects.ts"
import { askAll, openEars } from "../../ears.ts"
import { handshake, said } from "../../frames.ts"
import { connectTo, send } from "../../libc.ts"
import { start, withServer } from "../../server.ts"
import type { Measured } from "../measured.ts"
import { leastOf } from "./least.ts"

const EARS = 400
const AT_ONCE = [1, 32]
const SIZES = [250, 2_000]
const MESSAGES = 320
const CHUNKS = 3
const IDLE = 6_000

export const measureSockets = (): Promise<Partial<Measured>> =>
  withServer(start({ command: [process.execPath, "bench/rivals/bare.ts"] }), async (server) => {
    const slab = kernelMemory()
    const seats = await bare.seats(server, IDLE)
    const idle = await openEars(server, bare, seats)
    const kept = (kernelMemory() - slab) / IDLE / 2 // both ends are here
    for (const ear of idle) ear.close()
    await Bun.sleep(500)

    const ears = await openEars(server, bare, seats.slice(0, EARS))
    const speaker = connectTo(server.port)
    send(speaker, Buffer.from(handshake({ port: server.port, path: "/" })))
    await Bun.sleep(100)
    const cost = async (atOnce: number, size: number) => {
      const frames = Buffer.concat(Array.from({ length: atOnce }, () => said("x".repeat(size))))
      const heard = () => ears.reduce((sum, ear) => sum + ear.heard, 0)
      let before = 0
      let used = 0
      for (let i = -AT_ONCE[1]!; i < MESSAGES; i += atOnce) {
        if (i <= 0) [before, used] = [heard(), server.processorTime()]
        send(speaker, frames)
        const expected = heard() + atOnce * EARS
        const end = performance.now() + 2_000
        while (heard() < expected && performance.now() < end) await askAll(ears)
      }
      return ((server.processorTime() - used) * 1e6) / (heard() - before)
    }
    const { alone, together, large } = await leastOf(CHUNKS, async () => ({
      alone: await cost(AT_ONCE[0]!, SIZES[0]!),
      together: await cost(AT_ONCE[1]!, SIZES[0]!),
      large: await cost(AT_ONCE[1]!, SIZES[1]!),
    }))
    for (const ear of ears) ear.close()
    const byte = Math.max(0, (large - together) / (SIZES[1]! - SIZES[0]!))
    const message = (together * AT_ONCE[1]! - alone) / (AT_ONCE[1]! - 1) - byte * SIZES[0]!
    const from = `${EARS} sockets, ${AT_ONCE.join(" or ")} messages of ${SIZES.join(" or ")} bytes at once: processor time, least of ${CHUNKS}`
    return {
      flushSocket: { value: alone - message - byte * SIZES[0]!, unit: "µs", from },
      flushMessage: { value: message, unit: "µs", from },
      flushByte: { value: byte, unit: "µs", from },
      connectionKernel: {
        value: kept,
        unit: "bytes",
        from: `${IDLE} idle WebSockets on loopback, half the growth of the kernel's slabs`,
      },
    }
  })

function kernelMemory(): number {
  const [, kilobytes] = readFileSync("/proc/meminfo", "utf8").match(/^Slab:\s+(\d+)/m) ?? []
  return Number(kilobytes) * 1024
}
