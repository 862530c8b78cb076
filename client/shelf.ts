// Where unsent messages wait: on disk, so that neither a reload nor a crash nor an empty battery loses them. Where
// the browser refuses its disk (private windows, a full one), or the disk does not answer, they wait in memory, and `safe`
// says that it is so.
import { type Browser, realTime } from "./browser.ts"
import { TooLate, within } from "./patience.ts"

export type Entry = {
  nonce: string
  /** Whose it is. Nobody else's session ever sends it. */
  owner: string
  room: number
  slug: string
  text: string
  /** When it was written, by this machine's clock. Also its place in the queue: no two of an owner are equal. */
  at: number
  /** The server's sentence, when it declined for good. */
  refused?: string
  /** The words may have left this browser, and no answer came: they may have been said. Put down before they leave. */
  unsure?: true
}

export type Shelf = {
  /** All entries of everyone, oldest first. Rejects when the disk cannot be read, unless it never could: then it has none. */
  all(): Promise<Entry[]>
  /** Resolves when the entry will outlive this page, or when only memory would take it. */
  put(entry: Entry): Promise<void>
  /** Puts this state of an entry in place of the last, if it is still there: another tab may have taken it. False if not. While
   *  the disk cannot be asked it counts as there. */
  replace(entry: Entry): Promise<boolean>
  remove(nonce: string): Promise<void>
  /** False while something would be lost with this page. */
  safe(): boolean
}

const STORE = "outbox"
/** A disk that never did anything for us, and failed so often, is one that the browser refuses us. */
const REFUSED = 3
/** Milliseconds that a disk has to open, and to do what it is asked: so long someone bears that a message stays in the box. */
const PATIENCE = 1_000
/** And one that has let us wait, until it answers again. */
const LITTLE_PATIENCE = 50
/** Otherwise browsers say that it is done when only the system has it. */
const SURVIVES_POWER: IDBTransactionOptions = { durability: "strict" }

export function openShelf(disk: IDBFactory | undefined, browser: Pick<Browser, "after"> = realTime): Shelf {
  const memory = new Map<string, Entry>()
  let opening = openDatabase(disk).catch(() => undefined)
  /** The disk did something for us. If it then fails, what is on it is still there. */
  let works = false
  let failed = 0
  /** The last thing asked of it was not answered in time, nor since. */
  let silent = false

  type Ask<Result> = (store: IDBObjectStore) => IDBRequest<Result>

  /** Rejects when the disk refuses, and when it does not answer; what it was asked it may still do. */
  async function onDisk<Result>(mode: IDBTransactionMode, ask: Ask<Result>, options: IDBTransactionOptions = {}) {
    const answer = askDisk(mode, ask, options)
    const answered = () => {
      silent = false
    }
    answer.then(answered, answered)
    try {
      return await within(browser, silent ? LITTLE_PATIENCE : PATIENCE, answer)
    } catch (error) {
      if (error instanceof TooLate) silent = true
      throw error
    }
  }

  async function askDisk<Result>(mode: IDBTransactionMode, ask: Ask<Result>, options: IDBTransactionOptions) {
    const transaction = await begin(mode, options).catch(() => {
      // Browsers close the disk under a page that sleeps, or when its data is cleared: once more, from the beginning.
      opening = openDatabase(disk).catch(() => undefined)
      return begin(mode, options)
    })
    const request = ask(transaction.objectStore(STORE))
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
    works = true
    return request.result
  }

  async function begin(mode: IDBTransactionMode, options: IDBTransactionOptions): Promise<IDBTransaction> {
    const database = await opening
    if (!database) throw new Error("This browser keeps nothing on disk")
    return database.transaction(STORE, mode, options)
  }

  return {
    async all() {
      const kept: Entry[] = await onDisk("readonly", (store) => store.getAll()).catch((error) => {
        if (disk && (works || ++failed < REFUSED)) throw error
        return []
      })
      const onlyKept = kept.filter(({ nonce }) => !memory.has(nonce))
      return [...onlyKept, ...memory.values()].sort((a, b) => a.at - b.at)
    },
    async put(entry) {
      try {
        await onDisk("readwrite", (store) => store.put(entry), SURVIVES_POWER)
        memory.delete(entry.nonce)
      } catch {
        memory.set(entry.nonce, entry)
      }
    },
    async replace(entry) {
      const inMemory = memory.has(entry.nonce)
      if (inMemory) memory.set(entry.nonce, entry)
      try {
        const known = await onDisk("readwrite", (store) => {
          const found = store.getKey(entry.nonce)
          found.onsuccess = () => found.result !== undefined && store.put(entry)
          return found
        })
        if (known !== undefined) memory.delete(entry.nonce)
        return inMemory || known !== undefined
      } catch {
        if (works) memory.set(entry.nonce, entry)
        return inMemory || works
      }
    },
    async remove(nonce) {
      memory.delete(nonce)
      await onDisk("readwrite", (store) => store.delete(nonce)).catch(() => {})
    },
    safe: () => memory.size === 0,
  }
}

const openDatabase = (disk: IDBFactory | undefined): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    if (!disk) return reject(new Error("No IndexedDB here"))
    const request = disk.open("parlour", 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "nonce" })
    request.onsuccess = () => {
      // A tab of a later Parlour may need to change what is kept, and waits for us.
      request.result.onversionchange = () => request.result.close()
      resolve(request.result)
    }
    request.onerror = () => reject(request.error)
    request.onblocked = () => reject(new Error("Another tab holds the disk"))
  })
