// The port of a process, at which nothing new begins for a while. What has begun by then is let in; what begins is not seen, and
// its client's kernel begins it again a second later.
//
// That is for a process that shares the port and is about to close it. The kernel deals each connection to one of the listeners
// when it begins, and those that wait at a listener that closes are reset, though another would have served them. And it is for
// one that has hardly any descriptors left (descriptors.ts).
//
// The runtime cannot say so to a socket, so the system is asked directly; where that cannot be done, the few that wait when we
// close are cut. (Linux would hand them on by itself with net.ipv4.tcp_migrate_req=1, which is off unless whoever runs the machine
// says so.)
import { dlopen, ptr } from "bun:ffi"
import { existsSync, readdirSync } from "node:fs"

/** Long enough for a connection that had begun to be complete, and let in. */
const LETTING_IN_MS = 250

/** The second is musl's. */
const LIBRARIES = ["libc.so.6", "libc.so"]
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SO_DETACH_FILTER = 27
const SO_ACCEPTCONN = 30
/** Bytes of the longest address that a socket of the internet has; the port stands in the third and fourth. */
const ADDRESS = 28

/** For the kernel's packet filter, an instruction a line: code, jump if true, jump if false, operand. Packets begin at their
 *  TCP header here. */
const NOTHING_NEW: [number, number, number, number][] = [
  [0x30, 0, 0, 13], // load the flags
  [0x54, 0, 0, 0x12], // of which SYN and ACK
  [0x15, 0, 1, 0x02], // if it is SYN alone,
  [0x06, 0, 0, 0], // drop it,
  [0x06, 0, 0, 0xffff_ffff], // or else take all of it
]

const program = Buffer.concat(
  NOTHING_NEW.map(([code, ifTrue, ifFalse, operand]) => {
    const instruction = Buffer.alloc(8)
    instruction.writeUInt16LE(code, 0)
    instruction.writeUInt8(ifTrue, 2)
    instruction.writeUInt8(ifFalse, 3)
    instruction.writeUInt32LE(operand, 4)
    return instruction
  }),
)

/** `narrow`: so many at most wait there until they are let in. */
export type Door = { shut(): void; open(): void; narrow(most: number): void }

/** That of a port at which this process listens; null where the system cannot be asked. */
export function doorAt(port: number): Door | null {
  const libc = openLibrary()
  if (!libc || !existsSync("/proc/self/fd")) return null
  const filter = Buffer.alloc(16)
  filter.writeUInt16LE(NOTHING_NEW.length, 0)
  filter.writeBigUInt64LE(BigInt(ptr(program)), 8)
  const nothing = Buffer.alloc(4)
  const listeners = listenersAt(port, libc)
  return {
    shut() {
      for (const fd of listeners) libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, ptr(filter), filter.length)
    },
    open() {
      for (const fd of listeners) libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, ptr(nothing), nothing.length)
    },
    narrow(most) {
      for (const fd of listeners) libc.listen(fd, most) // of one that listens already it changes this alone
    },
  }
}

function listenersAt(port: number, libc: Libc): number[] {
  const listens = Buffer.alloc(4)
  const address = Buffer.alloc(ADDRESS)
  const size = Buffer.alloc(4)
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => {
      listens.writeInt32LE(0)
      size.writeUInt32LE(listens.length)
      libc.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, ptr(listens), ptr(size))
      if (!listens.readInt32LE()) return false
      address.fill(0)
      size.writeUInt32LE(address.length)
      libc.getsockname(fd, ptr(address), ptr(size))
      return address.readUInt16BE(2) === port
    })
}

/** Resolves when all that had begun has been let in. */
export async function stepAside(door: Door | null): Promise<void> {
  if (!door) return
  door.shut()
  await new Promise((resolve) => setTimeout(resolve, LETTING_IN_MS))
}

type Libc = NonNullable<ReturnType<typeof openLibrary>>

function openLibrary() {
  for (const name of LIBRARIES)
    try {
      return dlopen(name, {
        getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
        setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
        listen: { args: ["i32", "i32"], returns: "i32" },
        getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
      }).symbols
    } catch {
      // it has another name, or none
    }
  return null
}
