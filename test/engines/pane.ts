// A pane of glass between the browsers and a place. What goes through is as it was, but that each page runs a script of ours
// before its own: it tells us of every error that nobody caught and of all that the content security policy forbade, and it
// breaks the browser where a story wants one that is broken. So every engine is listened to, and broken, in one way.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { connect, type Socket } from "node:net"
import { freePort } from "../port.ts"

const FIRST = "/first.js"
const COMPLAINTS = "/complaints"
const LET_IN = "/let-in/"

export class Pane {
  readonly address: string
  /** What the pages complained of. */
  readonly complaints: string[] = []
  #changes: { path: RegExp; change: (body: string) => string }[] = []
  #broken: string[] = []
  #refused: RegExp[] = []
  readonly #lent: string[][] = []
  readonly #place: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(place: string, port: number, server: Server) {
    this.#place = new URL(place)
    this.address = `http://127.0.0.1:${port}`
    this.#server = server
    server.on("request", (asked, answer) => {
      if (asked.url === FIRST) this.#giveFirst(answer)
      else if (asked.url === COMPLAINTS) this.#hear(asked, answer)
      else if (asked.url?.startsWith(LET_IN)) this.#letIn(asked.url.slice(LET_IN.length), answer)
      else if (this.#refused.some((path) => path.test(asked.url ?? ""))) answer.destroy()
      else this.#pass(asked, answer)
    })
    server.on("upgrade", (asked, socket, head) => this.#passSocket(asked, socket as Socket, head))
    server.on("connection", (socket) => this.#keep(socket))
  }

  static async open(place: string): Promise<Pane> {
    const port = await freePort()
    const server = createServer()
    const pane = new Pane(place, port, server)
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
    return pane
  }

  /** From now on each page runs this before its own scripts. */
  breaks(how: () => void): void {
    this.#broken.push(`(${how})()`)
  }

  /** From now on what the place answers to such a path is changed on its way. */
  changes(path: RegExp, change: (body: string) => string): void {
    this.#changes.push({ path, change })
  }

  /** From now on what is asked for under such a path does not come. */
  refuses(path: RegExp): void {
    this.#refused.push(path)
  }

  /** Where someone is let in by these cookies. */
  lends(cookies: string[]): string {
    return LET_IN + (this.#lent.push(cookies) - 1)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => socket.destroy()).on("close", () => this.#sockets.delete(socket))
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { url = "/", method, headers } = asked
    const { "accept-encoding": _, ...rest } = headers
    const passed = request({ host: this.#place.hostname, port: this.#place.port, path: url, method, headers: rest })
    // A place that is dead is dead to the browser too.
    passed.on("error", () => answer.destroy())
    answer.on("close", () => passed.destroy())
    passed.on("response", (got) => this.#answer(url, got, answer))
    asked.pipe(passed)
  }

  #answer(url: string, got: IncomingMessage, answer: ServerResponse): void {
    const { "content-length": _, ...fields } = got.headers
    const change = this.#changes.find(({ path }) => path.test(url))?.change
    const isPage = got.headers["content-type"]?.startsWith("text/html")
    answer.writeHead(got.statusCode ?? 500, change || isPage ? fields : got.headers)
    got.on("error", () => answer.destroy())
    if (!change && !isPage) {
      got.pipe(answer)
      return
    }
    let whole = ""
    got.setEncoding("utf8")
    got.on("data", (piece: string) => {
      // The first piece of a page holds its head; what comes after it goes on as it comes.
      if (change) whole += piece
      else answer.write(piece.replace("<head>", `<head><script src="${FIRST}"></script>`))
    })
    got.on("end", () => answer.end(change?.(whole)))
  }

  #hear(asked: IncomingMessage, answer: ServerResponse): void {
    let words = ""
    asked.setEncoding("utf8").on("data", (piece) => {
      words += piece
    })
    asked.on("end", () => {
      this.complaints.push(words)
      answer.writeHead(204).end()
    })
  }

  #passSocket(asked: IncomingMessage, browser: Socket, head: Buffer): void {
    const place = connect(Number(this.#place.port), this.#place.hostname)
    this.#keep(place)
    const fields = asked.rawHeaders.flatMap((word, at, all) => (at % 2 === 0 ? `${word}: ${all[at + 1]}` : []))
    place.write([`GET ${asked.url} HTTP/1.1`, ...fields, "", ""].join("\r\n"))
    place.write(head)
    place.pipe(browser).pipe(place)
    place.on("close", () => browser.destroy())
    browser.on("close", () => place.destroy())
  }

  #letIn(number: string, answer: ServerResponse): void {
    answer.writeHead(303, { location: "/chat/talk/", "set-cookie": this.#lent[Number(number)] ?? [] }).end()
  }

  #giveFirst(answer: ServerResponse): void {
    const code = [`(${tell})(${JSON.stringify(COMPLAINTS)})`, ...this.#broken].join(";\n")
    answer.writeHead(200, { "content-type": "text/javascript" }).end(code)
  }
}

/** Runs in the page. */
function tell(address: string): void {
  const say = (words: string) => navigator.sendBeacon(address, `${location.pathname}: ${words}`)
  window.addEventListener("error", ({ message }) => say(message))
  window.addEventListener("unhandledrejection", ({ reason }) => say(`rejected: ${reason}`))
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
    say(`forbidden: ${effectiveDirective} ${blockedURI} ${sample}`),
  )
}
