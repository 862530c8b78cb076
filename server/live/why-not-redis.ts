// Why Redis cannot be used, in words for whoever wrote REDIS_URL: Bun's client says no more than that the connection was
// closed. So the same is asked once more, by hand, and the first that goes wrong is the answer. Nothing of the address is in
// it. The protocol: https://redis.io/docs/latest/develop/reference/protocol-spec/
import { connect, isIP } from "node:net"
import { connect as connectSecurely } from "node:tls"
import { parseAddress } from "../../protocol/address.ts"

/** As long as the bus waits for a connection (bus-redis.ts). */
const GIVE_UP_MS = 2_000

/** By the first word of Redis' own answer. */
const refusals: Record<string, string> = {
  NOAUTH: "wants a password, and REDIS_URL has none",
  WRONGPASS: "does not take the user and the password in REDIS_URL",
  NOPERM:
    "does not let the user in REDIS_URL publish and subscribe on channels whose names begin with parlour (ACL: resetchannels &parlour* +publish +subscribe)",
}

/** A part of a sentence that begins with "Redis"; null when nothing goes wrong. */
export function whyNot(url: string, channel: string): Promise<string | null> {
  const { protocol, hostname, port, username, password, pathname } = parseAddress(url)!
  const host = hostname.replace(/^\[(.*)\]$/, "$1")
  const where = { host, port: Number(port || 6379) }
  const isSecure = protocol === "rediss:"
  const credentials = password ? ["AUTH", decodeURIComponent(username) || "default", decodeURIComponent(password)] : []
  const questions = [
    ["HELLO", "2", ...credentials],
    ...(pathname.length > 1 ? [["SELECT", pathname.slice(1)]] : []),
    ["PUBLISH", channel, ""],
    ["SUBSCRIBE", channel],
  ]
  return new Promise((resolve) => {
    let heard = ""
    const socket = isSecure ? connectSecurely({ ...where, ...(!isIP(host) && { servername: host }) }) : connect(where)
    const end = (why: string | null) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(why)
    }
    const timer = setTimeout(end, GIVE_UP_MS, `does not answer${isSecure ? " over TLS" : ""}`)
    socket.once(isSecure ? "secureConnect" : "connect", () => socket.write(questions.map(encoded).join("")))
    socket.on("data", (bytes) => {
      heard += bytes
      const [, word = "", rest = ""] = heard.match(/^-(\S+) ?(.*)\r\n/m) ?? []
      if (word) end(refusals[word] ?? `declines: ${word} ${rest}`)
      else if (/^\$9\r\nsubscribe\r\n/m.test(heard)) end(null)
    })
    socket.on("error", (error: Error & { code?: string }) => end(unreachable(error, isSecure)))
    socket.on("close", () => end(`hangs up${isSecure ? "" : " (does it speak TLS? then it is rediss://)"}`))
  })
}

function unreachable({ code, message }: Error & { code?: string }, isSecure: boolean): string {
  const what = code ?? message
  if (!isSecure || /^(E[A-Z]+|ENOTFOUND)$/.test(what)) return `cannot be reached at the address in REDIS_URL (${what})`
  return `cannot be trusted: its certificate is none for that name that this machine knows (${what}; NODE_EXTRA_CA_CERTS names the file of an authority of your own)`
}

const encoded = (words: string[]): string =>
  [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ""].join("\r\n")
