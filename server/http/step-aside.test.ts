import { expect, test } from "bun:test"
import { doorAt, stepAside } from "./step-aside.ts"

test("who steps aside still lets in what had begun; what begins then finds the other, and is cut by nobody", async () => {
  const listen = (name: string, port: number) =>
    Bun.serve({ port, hostname: "127.0.0.1", reusePort: true, fetch: () => new Response(name) })
  const old = listen("the old one", 0)
  const knock = async () => (await fetch(old.url, { keepalive: false, headers: { connection: "close" } })).text()
  const begun = Array.from({ length: 20 }, knock)
  await Bun.sleep(20)
  const aside = stepAside(doorAt(old.port!))
  const beginning = Array.from({ length: 20 }, knock)
  await aside
  const fresh = listen("the new one", old.port!)
  await old.stop()
  expect(new Set(await Promise.all(begun))).toEqual(new Set(["the old one"]))
  expect(new Set(await Promise.all(beginning))).toEqual(new Set(["the new one"]))
  await fresh.stop(true)
})
