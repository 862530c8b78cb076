// A request as it stands on the wire, letter by letter: what no client would send.
import { connect, type Socket } from "node:net"
import { connect as connectSafely } from "node:tls"

export type Raw = { status: number; head: string; body: string }

/** Sends these bytes and answers what came until the other side said enough: a whole answer, or the end. */
export function raw(url: string, bytes: string, patience = 5_000): Promise<Raw> {
  const { hostname, port, protocol } = new URL(url)
  return new Promise((resolve, reject) => {
    const begin = () => socket.write(bytes, "latin1")
    const to = { host: hostname, port: Number(port), rejectUnauthorized: false } // the certificate is a test's own
    const socket: Socket = protocol === "https:" ? connectSafely(to, begin) : connect(to, begin)
    let came = ""
    const late = setTimeout(() => socket.destroy(new Error(`no answer within ${patience} ms to ${bytes}`)), patience)
    const done = () => {
      clearTimeout(late)
      socket.destroy()
      const [head = "", ...rest] = came.split("\r\n\r\n")
      resolve({ status: Number(head.match(/^HTTP\/1\.1 (\d+)/)?.[1] ?? 0), head, body: rest.join("\r\n\r\n") })
    }
    socket.on("data", (chunk) => {
      came += chunk.toString("latin1")
      const end = came.indexOf("\r\n\r\n")
      const length = came.match(/^content-length: (\d+)/im)?.[1]
      if (end >= 0 && (/^HTTP\/1\.1 (101|204|304)/.test(came) || came.length >= end + 4 + Number(length ?? Infinity)))
        done()
      else if (end >= 0 && /\r\n0\r\n\r\n$/.test(came)) done()
    })
    socket.on("error", (error) => {
      clearTimeout(late)
      reject(error)
    })
    socket.on("end", done)
  })
}
