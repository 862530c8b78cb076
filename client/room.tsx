// A room that lives: the page that the server drew, taken over where it stands. Everything that changes goes through
// `draw`, once a frame, and the reader's place is kept across it.
import { hydrate, render } from "preact"
import type { Cursor } from "../protocol/cursor.ts"
import { RoomScreen } from "../view/room.tsx"
import type { Link, Live, RoomSnapshot } from "../view/snapshot.ts"
import { pathOf } from "../view/timeline.tsx"
import { aloneAmongTabs } from "./alone.ts"
import { openArrows } from "./arrows.ts"
import { backoff } from "./backoff.ts"
import { type Browser, newNonce } from "./browser.ts"
import { openComposer } from "./composer.ts"
import { connect } from "./connection.ts"
import { deliver } from "./deliver.ts"
import { openField } from "./field.ts"
import { Declined, fetchRooms, fetchStretch } from "./history.ts"
import { openOutbox } from "./outbox.ts"
import { openShelf } from "./shelf.ts"
import { openStore } from "./store.ts"
import { openTimeline, type Reader } from "./timeline.ts"
import type { Heard } from "./transport.ts"

const MINUTE = 60_000
/** Hidden pages draw no frames; what is heard is drawn this much later, in one go. */
const HIDDEN_FRAME = 250
/** What another tab was to send, and has not by then, we send: it may be closed. */
const HELP_AFTER = 3_000
/** After a page of history that did not come, scrolling does not ask for it again before this. */
const REST = 3_000

export function enterRoom(initial: RoomSnapshot, app: HTMLElement, browser: Browser): void {
  const { me, room, focus } = initial
  const owner = `${me.id} ${me.name}`
  const form = document.getElementById("composer") as HTMLFormElement
  const store = openStore(initial)
  const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel("parlour") : undefined
  let link: Link = "fine"
  let fetching = { older: false, newer: false }
  let restUntil = 0
  let now = 0
  let away = false
  let arrived = true
  let drawn = true
  let repairs = 0

  const connection = connect({
    browser,
    cursor: initial.cursor,
    room: room.slug,
    me: me.id,
    hear,
    show(next) {
      if (next === "fine") outbox.wake()
      if (next === "fine" && link !== "fine") tabs?.postMessage("here")
      link = next
      draw()
    },
    afresh,
    someoneElse: () => location.reload(),
  })

  const outbox = openOutbox({
    browser,
    shelf: openShelf(window.indexedDB),
    owner,
    newNonce,
    deliver: (entry) => deliver({ browser, me: me.id, connection }, entry),
    said: hear,
    alone: aloneAmongTabs(`parlour outbox ${owner}`),
    changed(elsewhere) {
      if (elsewhere) tabs?.postMessage("outbox")
      draw()
    },
  })

  const composer = openComposer({
    memory: browser.memory,
    key: `parlour.draft ${owner} ${room.id}`,
    typed: (form.elements.namedItem("message") as HTMLTextAreaElement).value,
    refused: initial.refused,
    add: (text) => outbox.add(store.snapshot().room, text),
    changed: draw,
  })

  const on: Live["on"] = {
    write: composer.write,
    async send() {
      if (await composer.send()) newest()
    },
    retry: (nonce) => void outbox.retry(nonce),
    edit(nonce) {
      outbox.take(nonce, composer.append)
      field.focus()
    },
    discard: (nonce) => outbox.take(nonce, () => {}),
    older: () => void page("older"),
    newer: () => void page("newer"),
    newest: () => void newest(),
  }

  const live = (): Live => ({
    sending: outbox.sending(room.id).filter(({ nonce }) => !store.said(nonce)),
    link,
    fresh: store.fresh(),
    now,
    away,
    fetching,
    draft: composer.draft(),
    ...(composer.refused() && { refused: composer.refused() as NonNullable<Live["refused"]> }),
    on,
  })

  function draw(): void {
    if (!drawn) return
    drawn = false
    if (document.hidden) setTimeout(drawNow, HIDDEN_FRAME)
    else requestAnimationFrame(drawNow)
  }

  function drawNow(): void {
    drawn = true
    if (!fetching.older && !fetching.newer) trim()
    timeline.keepPlace(() => render(<RoomScreen snapshot={store.snapshot()} live={live()} />, app))
    arrows.settle()
    field.fit()
    moved(timeline.reader())
  }

  function trim(): void {
    store.trim(timeline.following() ? undefined : timeline.firstInView())
  }

  function hear(heard: Heard): void {
    if (heard.kind === "reset") {
      store.forget(heard.cursor)
      repair()
    }
    if (heard.kind === "message" && heard.author.id === me.id) outbox.heard(heard)
    if (!store.hear(heard)) return
    if (timeline.following()) {
      store.seen()
      if (heard.kind === "message") leavePast()
    }
    if (heard.kind === "member" && heard.person.id === me.id && heard.present) refreshRooms()
    draw()
  }

  /** A room joined elsewhere may be one whose name we never heard. */
  async function refreshRooms(): Promise<void> {
    const answer = await fetchRooms(browser).catch(() => undefined)
    if (answer) store.setRooms(answer.rooms)
    draw()
  }

  /** After a reset the feed goes on by itself; only what is drawn must come anew, and may take several tries. */
  function repair(): void {
    afresh().then(
      () => (repairs = 0),
      () => browser.after(backoff(++repairs, browser.chance()), repair),
    )
  }

  async function afresh(): Promise<Cursor> {
    const id = timeline.reader().atBottom ? undefined : timeline.firstInView()
    const latest = () => fetchStretch(browser, room.slug, { latest: true })
    const around = id === undefined ? latest() : fetchStretch(browser, room.slug, { around: id }).catch(latest)
    const [stretch, { rooms }] = await Promise.all([around, fetchRooms(browser)]).catch(leaveIfGone)
    if (!store.stale()) store.forget(stretch.cursor)
    store.show(stretch)
    store.setRooms(rooms)
    drawNow()
    return stretch.cursor
  }

  /** A room that is no more, or no longer for us: its page says so better than we can. */
  function leaveIfGone(error: unknown): never {
    if (error instanceof Declined && (error.status === 404 || error.status === 403)) location.reload()
    throw error
  }

  async function page(side: "older" | "newer"): Promise<void> {
    const { messages, [side]: more } = store.snapshot()
    const edge = (side === "older" ? messages[0] : messages.at(-1))?.id
    // One at a time: letting go of rows on one side must not meet a page that fits on to them.
    if (!more || edge === undefined || fetching.older || fetching.newer) return
    fetching = { ...fetching, [side]: true }
    draw()
    const era = store.era()
    try {
      const stretch = await fetchStretch(browser, room.slug, side === "older" ? { before: edge } : { after: edge })
      if (era !== store.era()) return
      if (side === "older") store.addOlder(stretch)
      else store.addNewer(stretch)
      trim()
      silently(drawNow)
    } catch {
      restUntil = browser.now() + REST
      connection.wake()
    } finally {
      fetching = { ...fetching, [side]: false }
      draw()
    }
  }

  async function newest(): Promise<void> {
    if (store.snapshot().newer) {
      const stretch = await fetchStretch(browser, room.slug, { latest: true }).catch(() => undefined)
      if (!stretch) return connection.wake()
      store.show(stretch)
    }
    leavePast()
    silently(drawNow)
    timeline.toBottom()
    moved(timeline.reader())
  }

  /** Reloaded, the page is to show the present again, not where one came from. */
  function leavePast(): void {
    const path = pathOf(room)
    if (location.pathname + location.search !== path) history.replaceState(null, "", path)
  }

  /** Pages of history come without being read out. */
  function silently(show: () => void): void {
    const log = app.querySelector("[role=log]")
    log?.setAttribute("aria-live", "off")
    show()
    browser.after(500, () => log?.removeAttribute("aria-live"))
  }

  function moved(reader: Reader): void {
    const inPresent = reader.atBottom && !store.snapshot().newer
    // A page may open there: then its address stands until something happens.
    if (inPresent && !arrived) leavePast()
    arrived = inPresent
    const read = inPresent && store.fresh() > 0 && !document.hidden
    if (read) store.seen()
    if (read || away !== reader.away) {
      away = reader.away
      draw()
    }
    if (browser.now() < restUntil) return
    if (reader.nearTop) page("older")
    else if (reader.nearBottom) page("newer")
  }

  function tick(): void {
    now = browser.now()
    draw()
  }

  hydrate(<RoomScreen snapshot={initial} live={{ ...live(), draft: initial.draft ?? "" }} />, app)
  const timeline = openTimeline({
    box: document.getElementById("timeline") as HTMLElement,
    moved,
    reachesPresent: () => !store.snapshot().newer,
  })
  const field = openField(form, { send: on.send, back: () => arrows.toLast() }, focus === undefined)
  const arrows = openArrows(document.getElementById("timeline") as HTMLElement, { leave: () => field.focus() })
  if (focus === undefined) timeline.toBottom()
  else timeline.toMessage(focus)
  now = browser.now()
  drawNow()

  connection.start()
  outbox.reload().then(outbox.wake)
  let minute = setInterval(tick, MINUTE)

  document.addEventListener("visibilitychange", () => {
    clearInterval(minute)
    if (document.hidden) return
    minute = setInterval(tick, MINUTE)
    tick()
    connection.wake()
    outbox.wake()
  })
  addEventListener("online", connection.wake)
  addEventListener("offline", connection.cut)
  // A page that is kept to be come back to holds no line meanwhile.
  addEventListener("pagehide", connection.stop)
  addEventListener("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) connection.start()
  })
  addEventListener("beforeunload", (event) => {
    if (!outbox.safe()) event.preventDefault()
  })
  tabs?.addEventListener("message", ({ data }) => {
    if (data === "outbox") outbox.reload().then(() => browser.after(HELP_AFTER, outbox.wake))
    if (data === "here" && link === "signed_out") connection.wake()
  })
}
