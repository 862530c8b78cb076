// Sockets straight from the C library: read when we like, many times a wake-up saved, into one piece of memory for all
// of them. And the system itself says when something arrived, however late we look.
import { dlopen, ptr, read } from "bun:ffi"

const { symbols: c } = dlopen("libc.so.6", {
  socket: { args: ["int", "int", "int"], returns: "int" },
  connect: { args: ["int", "ptr", "u32"], returns: "int" },
  bind: { args: ["int", "ptr", "u32"], returns: "int" },
  setsockopt: { args: ["int", "int", "int", "ptr", "u32"], returns: "int" },
  send: { args: ["int", "ptr", "u64", "int"], returns: "int" },
  recvmsg: { args: ["int", "ptr", "int"], returns: "int" },
  recv: { args: ["int", "ptr", "u64", "int"], returns: "int" },
  close: { args: ["int"], returns: "int" },
  clock_gettime: { args: ["int", "ptr"], returns: "int" },
  __errno_location: { args: [], returns: "ptr" },
})

const AF_INET = 2
const SOCK_STREAM_NONBLOCK = 0o4001
const SOL_SOCKET = 1
const SO_LINGER = 13
const SO_TIMESTAMPNS = 35
const MSG_NOSIGNAL = 0x4000
const [EAGAIN, EALREADY, ENOTCONN, EINPROGRESS] = [11, 114, 107, 115]
const CLOCK_REALTIME = 0

const errno = () => read.i32(c.__errno_location()!)
const one = new Int32Array([1])
const lingerNot = new Int32Array([1, 0])
const timespec = new BigInt64Array(2)
const milliseconds = (seconds: bigint, nanoseconds: bigint) => Number(seconds) * 1e3 + Number(nanoseconds) / 1e6

/** By the clock that arrivals are told in: milliseconds. */
export function now(): number {
  c.clock_gettime(CLOCK_REALTIME, ptr(timespec))
  return milliseconds(timespec[0]!, timespec[1]!)
}

/** Seconds that a process and all its threads have used of the processors; NaN when it has ended. Finer than
 *  /proc/PID/stat, which counts hundredths. */
export function processorTime(pid: number): number {
  const clock = (~pid << 3) | 2 // as clock_getcpuclockid(3) makes it
  return c.clock_gettime(clock, ptr(timespec)) === 0 ? milliseconds(timespec[0]!, timespec[1]!) / 1e3 : Number.NaN
}

/** A socket that is about to be connected to a port of this machine. `from` is the last number of our address, 127.0.0.x:
 *  one address has some 28,000 ports. */
export function connectTo(port: number, from = 1): number {
  const fd = c.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0)
  if (fd < 0) throw new Error(`no more sockets: errno ${errno()}`)
  c.setsockopt(fd, SOL_SOCKET, SO_LINGER, ptr(lingerNot), 8) // closing leaves nothing behind
  c.setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, ptr(one), 4)
  if (from !== 1 && c.bind(fd, ptr(address(0, from)), 16) !== 0) throw new Error(`bind: errno ${errno()}`)
  if (c.connect(fd, ptr(address(port, 1)), 16) !== 0 && errno() !== EINPROGRESS) {
    c.close(fd)
    return -1
  }
  return fd
}

const address = (port: number, host: number) =>
  new Uint8Array([AF_INET, 0, port >> 8, port & 255, 127, 0, 0, host, 0, 0, 0, 0, 0, 0, 0, 0])

/** Whether it went; null when the socket is gone. */
export function send(fd: number, bytes: Uint8Array): boolean | null {
  if (c.send(fd, ptr(bytes), bytes.length, MSG_NOSIGNAL) === bytes.length) return true
  return [EAGAIN, EALREADY, ENOTCONN, EINPROGRESS].includes(errno()) ? false : null
}

export const close = (fd: number): void => void c.close(fd)

/** What was received last lies here. */
export const memory = new Uint8Array(4 << 20)
const CONTROL = 64
const control = new BigInt64Array(CONTROL / 8)
const piece = new BigUint64Array([BigInt(ptr(memory)), BigInt(memory.length)])
const header = new BigUint64Array([0n, 0n, BigInt(ptr(piece)), 1n, BigInt(ptr(control)), BigInt(CONTROL), 0n])
const headerAt = ptr(header)

/** Bytes received into `memory`, from `at` on; 0 when there are none, -1 when the socket is gone. */
export function receive(fd: number, at: number): number {
  return result(c.recv(fd, ptr(memory, at), memory.length - at, 0))
}

/** The same, with the time at which the newest of them arrived in this machine's memory. */
export function receiveTimed(fd: number, at: number): { bytes: number; arrived: number } {
  piece[0] = BigInt(ptr(memory, at))
  piece[1] = BigInt(memory.length - at)
  header[5] = BigInt(CONTROL)
  const bytes = result(c.recvmsg(fd, headerAt, 0))
  return { bytes, arrived: bytes > 0 ? milliseconds(control[2]!, control[3]!) : Number.NaN }
}

function result(bytes: number): number {
  if (bytes > 0) return bytes
  return bytes < 0 && [EAGAIN, ENOTCONN].includes(errno()) ? 0 : -1
}
