// Signing out by hand. What one wrote and did not send is asked about, and then taken out of this browser: the next to sit here
// shall not find it. The server asks browsers to forget everything; but not all listen, and over plain http none does. A session
// that expired, or was ended elsewhere, leaves what was written for its person to come back to.
//
// It is taken out on the page that comes after: only then is one out, and no tab writes any more. The other tabs go there, too.

import { thisBrowser } from "./browser.ts"
import { buttonTo, make, openDialog } from "./dialog.ts"
import { Declined, fetchPerson } from "./history.ts"
import { ifThere } from "./patience.ts"

/** In this tab: who is signing out. */
const LEAVING = "parlour.leaving"
/** What the button says that does it. */
const GO = "Sign out"
/** Milliseconds for the disk to answer. */
const PATIENCE_MS = 1_000

const drafts = (owner: string): string => `parlour.draft ${owner} `

export function listenToSigningOut(): void {
  const here = ownerHere()
  const leaving = recall()
  // Where the browser forgot by itself, the page that one left wrote down its last after that.
  if (here === null && isOutBy(location)) forgetInTab()
  if (leaving !== null) {
    sessionStorage.removeItem(LEAVING)
    if (leaving !== here) void takeOut(leaving)
  }
  listenToTabs(here)
  if (here !== null) listenToComingBack(here)
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement
    const { owner } = form.dataset
    if (owner === undefined) return
    if (form.dataset.sure !== undefined) return leave(form, owner)
    event.preventDefault()
    void asking(form, owner)
  })
}

/** Whose page this is, by the form that signs them out. */
const ownerHere = (): string | null =>
  document.querySelector<HTMLFormElement>("form[data-owner]")?.dataset.owner ?? null

/** Some browsers refuse all storage: then nothing was kept in it either. */
function recall(): string | null {
  try {
    return sessionStorage.getItem(LEAVING)
  } catch {
    return null
  }
}

async function asking(form: HTMLFormElement, owner: string): Promise<void> {
  const words = inWords(draftsOf(owner).length, await inTime(unsentOf(owner), 0))
  if (words !== null && !(await isSure(words))) return
  form.dataset.sure = ""
  form.requestSubmit() // heard again, also by who looks whether the place is within reach (reach.ts)
}

async function isSure(words: string): Promise<boolean> {
  const [about] = make("p")
  about.textContent = words
  const buttons = [buttonTo("Stay"), buttonTo(GO, "danger")]
  return (await openDialog({ title: "Not everything is sent", about, buttons })) === GO
}

function leave(form: HTMLFormElement, owner: string): void {
  delete form.dataset.sure
  noteLeaving(owner)
}

function noteLeaving(owner: string): void {
  try {
    sessionStorage.setItem(LEAVING, owner)
  } catch {
    // nothing was kept
  }
}

// What there is.

/** The keys of drafts, also of one that stands in the box and is kept nowhere. */
function draftsOf(owner: string): string[] {
  const box = document.querySelector<HTMLTextAreaElement>("#composer textarea")
  try {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith(drafts(owner)))
    if (kept.length > 0) return kept
  } catch {
    // nothing is kept
  }
  return box && box.value.trim() !== "" ? [drafts(owner)] : []
}

async function unsentOf(owner: string): Promise<number> {
  const store = await outbox("readonly")
  const entries: { owner: string }[] = store ? await done(store.getAll()) : []
  return entries.filter((entry) => entry.owner === owner).length
}

const some = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [count === 1 ? one : `${count} ${many}`]

/** Null when nothing would be lost. */
function inWords(drafted: number, waiting: number): string | null {
  const parts = [
    ...some(waiting, "a message that is not sent yet", "messages that are not sent yet"),
    ...some(drafted, "a draft", "drafts"),
  ]
  const them = drafted + waiting === 1 ? "it" : "them"
  return parts.length === 0 ? null : `You have ${parts.join(" and ")}. Signed out, you cannot get at ${them} any more.`
}

// Taking it out.

async function takeOut(owner: string): Promise<void> {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(drafts(owner))) localStorage.removeItem(key)
  } catch {
    // nothing was kept
  }
  forgetInTab()
  await inTime(
    outbox("readwrite").then(async (store) => {
      const entries: { owner: string; nonce: string }[] = store ? await done(store.getAll()) : []
      for (const { nonce } of entries.filter((entry) => entry.owner === owner)) store?.delete(nonce)
    }),
    undefined,
  )
  if ("caches" in window) for (const name of await caches.keys().catch(() => [])) await caches.delete(name)
}

function forgetInTab(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("parlour.")) sessionStorage.removeItem(key)
  } catch {
    // nothing was kept
  }
}

/** Where messages wait to be sent (shelf.ts); null where there is no such place. */
function outbox(mode: IDBTransactionMode): Promise<IDBObjectStore | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open("parlour")
      request.onupgradeneeded = () => request.transaction?.abort() // there was none, and none is made
      request.onerror = () => resolve(null)
      request.onblocked = () => resolve(null)
      request.onsuccess = () => {
        const { result } = request
        result.onversionchange = () => result.close()
        const isThere = result.objectStoreNames.contains("outbox")
        resolve(isThere ? result.transaction("outbox", mode).objectStore("outbox") : null)
      }
    } catch {
      resolve(null)
    }
  })
}

const done = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** What it comes to, or this when it fails or does not come. */
const inTime = <Result>(work: Promise<Result>, otherwise: Result): Promise<Result> =>
  Promise.race([
    work.catch(() => otherwise),
    new Promise<Result>((resolve) => setTimeout(() => resolve(otherwise), PATIENCE_MS)),
  ])

/** Whether the address says that one is out. */
const isOutBy = ({ search }: Location): boolean => new URLSearchParams(search).has("out")

// The other tabs, and pages that are come back to.

/** Whoever comes to the page that says so is out, and tells the others; they look whether that is so for them, too. One who comes
 *  in again tells those that were left standing. */
function listenToTabs(here: string | null): void {
  const isOut = here === null && isOutBy(location)
  const between = ifThere(() => new BroadcastChannel("parlour.out"))
  if (isOut) between?.postMessage("out")
  if (here === null || !between) return
  if (!document.getElementById("snapshot")) new BroadcastChannel("parlour").postMessage("here") // a room says so itself
  between.onmessage = async () => {
    if (!(await isSignedOut(here))) return
    noteLeaving(here)
    location.replace("/login?out")
  }
}

/** A page that the browser kept whole shows what stood there, whoever is in by now. */
function listenToComingBack(here: string): void {
  addEventListener("pageshow", async (event) => {
    if ((event as PageTransitionEvent).persisted && (await isSignedOut(here))) location.reload()
  })
}

/** Whether the session is no longer this person's. A server that is busy, or out of reach, does not say so. */
async function isSignedOut(here: string): Promise<boolean> {
  try {
    const { person } = await fetchPerson(thisBrowser())
    return `${person.id} ${person.name}` !== here
  } catch (error) {
    return error instanceof Declined && error.code === "unauthorized"
  }
}
