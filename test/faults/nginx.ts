// A real reverse proxy before the place: Debian's nginx with a configuration such as people write, and its buffering on, as
// it is by default. It is told to read its settings anew, dies, and finds the place gone, while everybody talks.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { nginx as program, provide } from "../../bin/needs.ts"
import { nginxWith } from "../nginx.ts"
import { freePort } from "../port.ts"
import { until } from "../world.ts"
import type { Fault, Front } from "./fault.ts"
import type { Run } from "./run.ts"

class Nginx implements Front {
  readonly url: string
  readonly #port: number
  readonly #folder = mkdtempSync(join(tmpdir(), "parlour-nginx-"))
  #process: ReturnType<typeof Bun.spawn> | null = null
  #place = ""

  constructor(port: number) {
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
    process.once("exit", () => void this.#end("SIGKILL"))
  }

  async toward(place: string): Promise<void> {
    this.#place = place
    writeFileSync(join(this.#folder, "nginx.conf"), this.#settings())
    if (this.#process) await this.reload()
    else await this.#start()
  }

  /** What `nginx -s reload` does. Its old workers go on with the connections that they have. */
  async reload(): Promise<void> {
    this.#process?.kill("SIGHUP")
    await Bun.sleep(50)
  }

  async restart(): Promise<void> {
    await this.#end("SIGKILL")
    await this.#start()
  }

  async close(): Promise<void> {
    await this.#end("SIGTERM")
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #start(): Promise<void> {
    const command = [provide(program), "-p", this.#folder, "-c", "nginx.conf", "-e", "error.log"]
    const child = Bun.spawn(command, {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      detached: true, // a group of its own: its workers outlive a master that is killed
    })
    this.#process = child
    const answers = () =>
      fetch(`${this.url}/`, { redirect: "manual" }).then(
        (answer) => answer.status < 500,
        () => false,
      )
    await until("nginx answers", answers, 10_000)
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#process
    if (!child) return
    this.#process = null
    try {
      process.kill(-child.pid, signal)
    } catch {
      return // it is gone already
    }
    await child.exited
  }

  #settings(): string {
    return nginxWith(`
        map $http_upgrade $connection_upgrade { default upgrade; "" close; }
        server {
          listen 127.0.0.1:${this.#port};
          location / {
            proxy_pass ${this.#place};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
          }
        }`)
  }
}

/** Every door through it, streams more than they are used elsewhere. */
export const nginx: Fault = {
  name: "nginx",
  page: true,
  habits: { doors: ["websocket", "sse", "sse", "poll"] },
  front: async () => new Nginx(await freePort()),
  async strike(run: Run) {
    const front = run.front as Nginx
    await Bun.sleep(200 + run.dice() * 300)
    const deed = run.dice.among(["reloads", "dies", "place dies"])
    run.did(deed === "place dies" ? "the place is killed behind nginx" : `nginx ${deed}`)
    if (deed === "reloads") await front.reload()
    else if (deed === "dies") await front.restart()
    else await run.restart()
  },
}
