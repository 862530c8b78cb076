// A room that lives: the page that the server drew, taken over where it stands. Everything that changes goes through
// `draw`, once a frame, and the reader's place is kept across it.
import { hydrate, render } from "preact"
import type { Cursor } from "../protocol/cursor.ts"
import { RoomScreen } from "../view/room.tsx"
import type { Link, Live, RoomSnapshot } from "../view/snapshot.ts"
import { pathOf } from "../view/timeline.tsx"
import { fetchAfresh } from "./afresh.ts"
import { aloneAmongTabs, canBeAlone } from "./alone.ts"
import { openArrows } from "./arrows.ts"
import { type Browser, newNonce } from "./browser.ts"
import { openComposer } from "./composer.ts"
import { connect } from "./connection.ts"
import { deliver } from "./deliver.ts"
import { openField } from "./field.ts"
import { reloadIfGone } from "./gone.ts"
import { fetchRooms, fetchStretch } from "./history.ts"
import { openOutbox } from "./outbox.ts"
import { openPaging } from "./paging.ts"
import { openRepair } from "./repair.ts"
import { openShelf } from "./shelf.ts"
import { openStore } from "./store.ts"
import { openTimeline, type Reader } from "./timeline.ts"
import type { Heard } from "./transport.ts"
import { openOthers, openOwn } from "./typing.ts"

const MINUTE = 60_000
/** Hidden pages draw no frames; what is heard is drawn this much later, in one go. */
const HIDDEN_FRAME = 250
/** What another tab was to send, and has not by then, we send: it may be closed. Where tabs can stand in line they do so
 *  at once, and not by a timer: a hidden tab's may ring a minute late. */
const HELP_AFTER = 3_000

export function enterRoom(initial: RoomSnapshot, app: HTMLElement, browser: Browser): void {
  const { me, room, focus } = initial
  const owner = `${me.id} ${me.name}`
  const form = document.getElementById("composer") as HTMLFormElement
  const store = openStore(initial)
  const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel("parlour") : undefined
  let link: Link = "fine"
  let now = 0
  let [away, arrived, drawn] = [false, true, true]
  /** What comes now was said while we were away: it is drawn, and not read out. */
  let catchingUp = false
  /** The present was asked for, and did not come: it is where what was just said will stand. */
  let stranded = false

  const connection = connect({
    browser,
    cursor: initial.cursor,
    room: room.slug,
    me: me.id,
    hear,
    newest: store.newest,
    show(next) {
      if (next === "fine") outbox.wake()
      if (next === "fine" && stranded && timeline.reader().atBottom) newest()
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
    deliver: (entry, leave) => deliver({ browser, me: me.id, connection }, entry, leave),
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

  const own = openOwn(browser, { room, connection })
  const others = openOthers(browser, { room: room.id, me: me.id, changed: draw })

  const paging = openPaging({
    browser,
    room: room.slug,
    store,
    came() {
      trim()
      silently(drawNow)
    },
    missed: connection.wake,
    changed: draw,
  })
  const repair = openRepair(browser, () => afresh())

  const on: Live["on"] = {
    write(text) {
      composer.write(text)
      own.wrote(text)
    },
    async send() {
      own.sent()
      if (await composer.send()) newest()
    },
    retry: (nonce) => void outbox.retry(nonce),
    edit(nonce) {
      outbox.take(nonce, composer.append)
      field.focus()
    },
    discard(nonce) {
      outbox.take(nonce, () => {})
      drawNow()
      arrows.toLast()
    },
    older: () => void paging.page("older"),
    newer: () => void paging.page("newer"),
    newest: () => void newest().then(arrows.toLast),
  }

  const live = (): Live => ({
    sending: outbox.sending(room.id).filter(({ nonce }) => !store.said(nonce)),
    link,
    fresh: store.fresh(),
    now,
    away,
    fetching: paging.fetching(),
    typing: others.now(),
    draft: composer.draft(),
    ...(composer.refused() && { refused: composer.refused() as NonNullable<Live["refused"]> }),
    on,
  })

  function draw(): void {
    if (!drawn) return
    drawn = false
    if (document.hidden) setTimeout(drawDue, HIDDEN_FRAME)
    else requestAnimationFrame(drawDue)
  }

  function drawDue(): void {
    if (catchingUp) silently(drawNow)
    else drawNow()
    catchingUp = false
  }

  function drawNow(): void {
    drawn = true
    const { older, newer } = paging.fetching()
    if (!older && !newer) trim()
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
    others.hear(heard)
    if (!store.hear(heard)) return
    if (!connection.live()) catchingUp = true
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

  /** Draws what the server has now, where the reader is. After a reset the feed goes on by itself meanwhile. */
  async function afresh(isWanted = () => true): Promise<Cursor> {
    const reading = timeline.following() ? undefined : timeline.firstInView()
    const stretch = await fetchAfresh({ browser, room: room.slug, store }, { reading, isWanted }).catch((error) => {
      reloadIfGone(browser, error, () => location.reload())
      throw error
    })
    silently(drawNow)
    // What they looked at is no more: then the present, and not wherever the scrolling ended up.
    if (!stretch.messages.some(({ id }) => id === reading)) timeline.toBottom()
    return stretch.cursor
  }

  async function newest(): Promise<void> {
    const era = store.era()
    if (store.snapshot().newer) {
      const stretch = await fetchStretch(browser, room.slug, { latest: true }).catch(() => undefined)
      // What was just said stands below even the past, on its way.
      stranded = !stretch
      if (!stretch) {
        connection.wake()
        drawNow()
        return timeline.toBottom()
      }
      if (era === store.era()) store.show(stretch)
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
    if (reader.nearTop) paging.page("older")
    else if (reader.nearBottom) paging.page("newer")
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
  if (focus !== undefined) timeline.toMessage(focus)
  else if (initial.onward) timeline.toTop()
  else timeline.toBottom()
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
    const help = canBeAlone() ? outbox.wake : () => void browser.after(HELP_AFTER, outbox.wake)
    if (data === "outbox") outbox.reload().then(help)
    if (data === "here" && link === "signed_out") connection.wake()
  })
}
