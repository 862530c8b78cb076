import { expect, test } from "bun:test"
import { cp, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { openApp, settle, temporaryFolder } from "../../test/world.ts"
import { type App, createApp } from "../app.ts"
import { readConfig } from "../config.ts"
import { perform } from "../perform.ts"

/** Opens the place in the folder, does something, closes it; answers its epoch and tick. */
async function visit(folder: string, work: (app: App) => Promise<unknown> = async () => {}) {
  const app = await createApp(readConfig({ DATA_DIR: folder, PORT: "0", LIMITS: "off" }))
  try {
    await work(app)
    return { epoch: app.hub.epoch, tick: app.hub.tick }
  } finally {
    await app.close()
  }
}

const talk = (times: number) => async (app: App) => {
  const ann = await settle(app, `ann${app.hub.tick}`)
  for (let i = 0; i < times; i++) await perform(app, ann, { type: "post", room: "talk", text: `${i}` })
}

async function inFolder(work: (folder: string, backup: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder()
  try {
    await work(join(folder, "data"), join(folder, "backup"))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test("a place that is opened again goes on with its history", () =>
  inFolder(async (folder) => {
    await Bun.$`mkdir -p ${folder}`
    const first = await visit(folder, talk(3))
    const second = await visit(folder, talk(3))
    expect((await visit(folder)).epoch).toBe(first.epoch)
    expect(second.epoch).toBe(first.epoch)
    expect(second.tick).toBeGreaterThan(first.tick)
  }))

test("so does one whose folder was moved", () =>
  inFolder(async (folder, elsewhere) => {
    await Bun.$`mkdir -p ${folder}`
    const { epoch } = await visit(folder, talk(3))
    await rename(folder, elsewhere)
    expect((await visit(elsewhere)).epoch).toBe(epoch)
  }))

test("a backup in the place of the folder is another history", () =>
  inFolder(async (folder, backup) => {
    await Bun.$`mkdir -p ${folder}`
    const { epoch } = await visit(folder, talk(3))
    await cp(folder, backup, { recursive: true })
    expect((await visit(folder, talk(3))).epoch).toBe(epoch)
    await rm(folder, { recursive: true })
    await cp(backup, folder, { recursive: true })
    const restored = await visit(folder)
    expect(restored.epoch).not.toBe(epoch)
    expect((await visit(folder)).epoch).toBe(restored.epoch)
  }))

test("so is an older database written over the one that was there, into the same file", () =>
  inFolder(async (folder, backup) => {
    await Bun.$`mkdir -p ${folder}`
    const { epoch } = await visit(folder, talk(3))
    await Bun.$`cp ${folder}/parlour.db ${backup}`
    await visit(folder, talk(3))
    await Bun.$`cat ${backup} > ${folder}/parlour.db`
    expect((await visit(folder)).epoch).not.toBe(epoch)
  }))

test("no two places have one epoch", async () => {
  await using a = await openApp()
  await using b = await openApp()
  expect(a.hub.epoch).not.toBe(b.hub.epoch)
})
