import { expect, test } from "bun:test"
import type { Server } from "bun"
import { until } from "../../test/world.ts"
import { type Connection, publisher, type SocketData } from "./socket.ts"

/** A socket for which so many bytes wait, and what became of it. */
function waitingFor(bytes: number) {
  const fate = { behind: 0, terminated: 0 }
  const socket = {
    data: { talk: { behind: () => fate.behind++ } },
    getBufferedAmount: () => bytes,
    terminate: () => fate.terminated++,
  }
  return { fate, socket: socket as unknown as Connection }
}

test("when not all was taken, those for whom much waits are let go by name, and the others are not", async () => {
  const [slow, quick] = [waitingFor(200 * 1024), waitingFor(20 * 1024)]
  const published: string[] = []
  let taken = 5
  const server = {
    publish(_: string, json: string) {
      published.push(json)
      return taken
    },
  } as unknown as Server<SocketData>
  const publish = publisher(server, new Set([slow.socket, quick.socket]))
  publish("place", "taken")
  await Bun.sleep(300)
  expect(slow.fate.behind).toBe(0)

  taken = -1
  publish("place", "not all of it")
  publish("place", "nor of this")
  await until("the slow one is let go", () => slow.fate.behind > 0, 2_000)
  expect(slow.fate.behind).toBe(1)
  expect(quick.fate).toEqual({ behind: 0, terminated: 0 })
  expect(published).toEqual(["taken", "not all of it", "nor of this"])
  await until("it has had its time for last words", () => slow.fate.terminated === 1, 7_000)
}, 10_000)
