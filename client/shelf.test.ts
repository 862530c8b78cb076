import { expect, test } from "bun:test"
import { pretendBrowser } from "./pretend.ts"
import { type Entry, openShelf } from "./shelf.ts"

const entry = (nonce: string, more: Partial<Entry> = {}): Entry => {
  return { nonce, owner: "7 Ann", room: 1, slug: "talk", text: nonce, at: Number(nonce), ...more }
}

type Mode = "readonly" | "readwrite"

/** What a shelf needs of IndexedDB, with transactions that break off as often as they are told to. */
function diskThatFails() {
  const kept = new Map<string, Entry>()
  const fails = { readonly: 0, readwrite: 0 }
  const transaction = (_: string, mode: Mode) => {
    const work: (() => void)[] = []
    const ask = (answer: () => unknown) => {
      const request = { result: undefined as unknown, onsuccess: () => {} }
      work.push(() => {
        request.result = answer()
        request.onsuccess()
      })
      return request
    }
    const store = {
      getAll: () => ask(() => structuredClone([...kept.values()])),
      getKey: (nonce: string) => ask(() => (kept.has(nonce) ? nonce : undefined)),
      put: (entry: Entry) => ask(() => void kept.set(entry.nonce, structuredClone(entry))),
      delete: (nonce: string) => ask(() => void kept.delete(nonce)),
    }
    const one = { error: new Error("aborted"), objectStore: () => store, oncomplete: () => {}, onabort: () => {} }
    setImmediate(() => {
      if (fails[mode]-- > 0) return one.onabort()
      for (let next = work.shift(); next; next = work.shift()) next()
      one.oncomplete()
    })
    return one
  }
  const open = () => {
    const request = { result: { transaction }, onsuccess: () => {} }
    queueMicrotask(() => request.onsuccess())
    return request
  }
  return { disk: { open } as unknown as IDBFactory, kept, fails }
}

test("an entry that could not be put in the place of the last is still there, and is kept in memory until it can be", async () => {
  const { disk, kept, fails } = diskThatFails()
  const shelf = openShelf(disk)
  await shelf.put(entry("1"))
  fails.readwrite = 1
  expect(await shelf.replace(entry("1", { unsure: true }))).toBe(true)
  expect([await shelf.all(), shelf.safe()]).toEqual([[entry("1", { unsure: true })], false])
  expect(await shelf.replace(entry("1", { refused: "no" }))).toBe(true)
  expect([[...kept.values()], shelf.safe()]).toEqual([[entry("1", { refused: "no" })], true])
})

test("an entry that another tab took is not there", async () => {
  const { disk, kept } = diskThatFails()
  const shelf = openShelf(disk)
  await shelf.put(entry("1"))
  kept.clear()
  expect(await shelf.replace(entry("1", { unsure: true }))).toBe(false)
  expect(await shelf.all()).toEqual([])
})

test("a shelf that cannot be read is not an empty one", async () => {
  const { disk, fails } = diskThatFails()
  const shelf = openShelf(disk)
  await shelf.put(entry("1"))
  fails.readonly = 1
  await expect(shelf.all()).rejects.toThrow("aborted")
  expect(await shelf.all()).toEqual([entry("1")])
})

test("where the browser refuses its disk, entries wait in memory, and it says that it is not safe", async () => {
  const shelf = openShelf(undefined)
  expect(await shelf.all()).toEqual([])
  await shelf.put(entry("1"))
  expect([await shelf.replace(entry("2")), await shelf.replace(entry("1", { unsure: true }))]).toEqual([false, true])
  expect([await shelf.all(), shelf.safe()]).toEqual([[entry("1", { unsure: true })], false])
  await shelf.remove("1")
  expect([await shelf.all(), shelf.safe()]).toEqual([[], true])
})

test("a first read that fails is none: what waits is still there, and is read when it can be", async () => {
  const { disk, fails } = diskThatFails()
  await openShelf(disk).put(entry("1"))
  const shelf = openShelf(disk)
  fails.readonly = 1
  await expect(shelf.all()).rejects.toThrow("aborted")
  expect(await shelf.all()).toEqual([entry("1")])
})

test("a disk that never did anything is none, after a while", async () => {
  const { disk, fails } = diskThatFails()
  fails.readonly = Number.POSITIVE_INFINITY
  const shelf = openShelf(disk)
  await expect(shelf.all()).rejects.toThrow("aborted")
  await expect(shelf.all()).rejects.toThrow("aborted")
  expect(await shelf.all()).toEqual([])
})

/** A disk that never answers: from the start, or from some step on. */
const silentDisks: [name: string, disk: () => { disk: IDBFactory; wakes?: () => void }][] = [
  ["does not open", () => ({ disk: { open: () => new EventTarget() } as unknown as IDBFactory })],
  [
    "opens, and never does what it is asked",
    () => {
      const store = { getAll: () => ({}), getKey: () => ({}), put: () => ({}), delete: () => ({}) }
      const database = { transaction: () => ({ objectStore: () => store }) }
      return {
        disk: {
          open() {
            const request = { result: database, onsuccess: () => {} }
            queueMicrotask(() => request.onsuccess())
            return request
          },
        } as unknown as IDBFactory,
      }
    },
  ],
]

test.each(silentDisks)(
  "a disk that %s is waited for a second, and then refuses: entries wait in memory",
  async (_, make) => {
    const browser = pretendBrowser()
    const shelf = openShelf(make().disk, browser)
    const steps: unknown[] = []
    const use = async () => {
      await shelf.put(entry("1"))
      steps.push("put")
      steps.push(await shelf.replace(entry("1", { unsure: true })))
      steps.push(await shelf.all().catch(() => "unread"))
      await shelf.remove("1")
      steps.push(shelf.safe())
    }
    const used = use()
    await browser.pass(999)
    expect(steps).toEqual([])
    await browser.pass(1)
    expect([steps[0], shelf.safe()]).toEqual(["put", false])
    await browser.pass(400) // it is not waited for again as long
    await used
    expect(steps).toEqual(["put", true, "unread", true])
  },
)

test("a disk that wakes up is one again, and what it was asked meanwhile is done", async () => {
  const browser = pretendBrowser()
  const { disk, kept } = diskThatFails()
  let wake = () => {}
  const awake = new Promise<void>((resolve) => {
    wake = resolve
  })
  const slow = {
    open() {
      const request = disk.open("parlour") as unknown as { onsuccess: () => void }
      const late = { ...request, onsuccess: () => {} }
      void awake.then(() => late.onsuccess())
      return late
    },
  } as unknown as IDBFactory
  const shelf = openShelf(slow, browser)
  const put = shelf.put(entry("1"))
  await browser.pass(1_000)
  await put
  expect(shelf.safe()).toBe(false)
  wake()
  await browser.pass(10)
  expect([...kept.keys()]).toEqual(["1"])
  await shelf.put(entry("1"))
  await shelf.put(entry("2"))
  expect([[...kept.keys()], shelf.safe()]).toEqual([["1", "2"], true])
})
