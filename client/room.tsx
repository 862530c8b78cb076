// A room that lives: the page that the server drew, taken over where it stands. The line to the server comes first, so that
// nothing that fails in drawing can keep it from coming. Everything that changes goes through `drawing`, once a frame, and
// the reader's place is kept across it.
import { hydrate, render } from "preact"
import type { Cursor } from "../protocol/cursor.ts"
import { RoomScreen } from "../view/room.tsx"
import type { Link, Live, RoomSnapshot } from "../view/snapshot.ts"
import { pathOf } from "../view/timeline.tsx"
import { fetchAfresh } from "./afresh.ts"
import { aloneAmongTabs } from "./alone.ts"
import { openArrows } from "./arrows.ts"
import { comeBackTo, comesBack, keepMark, keptMark, leavePast } from "./bookmark.ts"
import { type Browser, newNonce, ownDisk } from "./browser.ts"
import { openClock } from "./clock.ts"
import { openComposer } from "./composer.ts"
import { connect } from "./connection.ts"
import { deliver } from "./deliver.ts"
import { openDrawing } from "./drawing.ts"
import { findBy, takeDrawn } from "./drawn-links.ts"
import { isWide, openField } from "./field.ts"
import { reloadIfGone } from "./gone.ts"
import { fetchRooms, fetchStretch } from "./history.ts"
import type { Later } from "./later.ts"
import { transportsOf } from "./later-ways.ts"
import { openNotice } from "./notice.ts"
import { openOutbox } from "./outbox.ts"
import { openPaging } from "./paging.ts"
import type { Reach } from "./reach.ts"
import { openRepair } from "./repair.ts"
import { openShelf } from "./shelf.ts"
import { cameAlive, sayBroken } from "./still.ts"
import { openStore } from "./store.ts"
import { listenAround, listenToTabs } from "./surroundings.ts"
import { openTabs } from "./tabs.ts"
import { openTimeline, type Reader } from "./timeline.ts"
import type { Heard } from "./transport.ts"
import { takeAhead } from "./typed-ahead.ts"
import { openOthers, openOwn } from "./typing.ts"

/** Answers what the page is helped with later. */
export function enterRoom(initial: RoomSnapshot, app: HTMLElement, browser: Browser, later: () => Promise<Later>) {
  const { me, room, focus } = initial
  const owner = `${me.id} ${me.name}`
  const form = document.getElementById("composer") as HTMLFormElement
  const box = form.elements.namedItem("message") as HTMLTextAreaElement
  const store = openStore(initial)
  takeDrawn(app, initial.messages)
  const clock = openClock(browser, initial.at)
  const tabs = openTabs()
  let link: Link = "fine"
  let words: string | undefined
  let now = 0
  let [away, arrived] = [false, true]
  /** The present was asked for, and did not come: it is where what was just said will stand. */
  let stranded = false
  let reach: Reach | undefined

  const drawing = openDrawing({ log: () => app.querySelector("[role=log]"), paint, broken: sayBroken })

  const connection = connect({
    browser,
    transports: transportsOf(later),
    cursor: initial.cursor,
    room: room.slug,
    me: me.id,
    hear,
    time: clock.hear,
    newest: store.newest,
    isGated: async () => (await later()).isBeforeUs(browser),
    show(next, said) {
      if (next === "fine") outbox.wake()
      if (next === "fine" && stranded && timeline.reader().atBottom) newest()
      if (next === "fine" && link !== "fine") tabs.tell("here")
      link = next
      words = said
      drawing.ask()
      if (next === "fine") reach?.back()
    },
    afresh,
    someoneElse: () => location.reload(),
  })

  const outbox = openOutbox({
    browser,
    shelf: openShelf(ownDisk()),
    owner,
    newNonce,
    deliver: (entry, leave) => deliver({ browser, me: me.id, connection }, entry, leave),
    said: hear,
    alone: aloneAmongTabs(browser, `parlour outbox ${owner}`),
    changed(elsewhere) {
      if (elsewhere) tabs.tell("outbox")
      drawing.ask()
    },
  })

  const composer = openComposer({
    browser,
    key: `parlour.draft ${owner} ${room.id}`,
    typed: takeAhead(browser, pathOf(room)) + (initial.draft === undefined ? box.value : ""),
    returned: initial.draft,
    refused: initial.refused,
    newMark: newNonce,
    add: (text, nonce) => outbox.add(store.snapshot().room, text, nonce),
    set: (text) => field.set(text),
    changed: drawing.ask,
    unkept: () => notice.mention("This browser does not keep so long a text: it is gone with this page."),
  })

  const own = openOwn(browser, { room, connection })
  const others = openOthers(browser, { room: room.id, me: me.id, changed: drawing.ask })
  const notice = openNotice(browser, drawing.ask)
  const paging = openPaging({
    browser,
    room: room.slug,
    store,
    came() {
      trim()
      drawing.silently()
    },
    missed: connection.wake,
    changed: drawing.ask,
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
      drawing.now()
      arrows.toLast()
    },
    older: () => void paging.page("older"),
    newer: () => void paging.page("newer"),
    newest: () => void newest().then(isWide() ? field.focus : arrows.toLast),
  }

  const live = (): Live => ({
    sending: outbox
      .sending(room.id)
      .filter(({ nonce }) => !store.said(nonce))
      .map((sending) => ({ ...sending, at: clock.of(sending.at) })),
    link,
    ...(words !== undefined && { words }),
    ...(notice.now() !== undefined && { notice: notice.now() as string }),
    fresh: store.fresh(),
    now,
    away,
    fetching: paging.fetching(),
    typing: others.now(),
    ...composer.written(),
    ...(composer.refused() && { refused: composer.refused() as NonNullable<Live["refused"]> }),
    on,
  })

  function paint(): void {
    const { older, newer } = paging.fetching()
    if (!older && !newer) trim()
    const draw = () => render(<RoomScreen snapshot={store.snapshot()} live={live()} />, app)
    timeline.keepPlace(() => arrows.across(draw))
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
    if (!connection.live()) drawing.hush() // said while we were away
    if (timeline.following()) {
      store.seen()
      if (heard.kind === "message") leavePast(pathOf(room))
    }
    if (heard.kind === "member" && heard.person.id === me.id && heard.present) refreshRooms()
    drawing.ask()
  }

  /** A room joined elsewhere may be one whose name we never heard. */
  async function refreshRooms(): Promise<void> {
    const answer = await fetchRooms(browser).catch(() => undefined)
    if (answer) store.setRooms(answer.rooms)
    drawing.ask()
  }

  /** Draws what the server has now, where the reader is. After a reset the feed goes on by itself meanwhile. */
  async function afresh(isWanted = () => true): Promise<Cursor> {
    const reading = timeline.following() ? undefined : timeline.firstInView()
    const stretch = await fetchAfresh({ browser, room: room.slug, store }, { reading, isWanted }).catch((error) => {
      reloadIfGone(browser, error, () => location.reload())
      throw error
    })
    drawing.silently()
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
        drawing.now()
        return timeline.toBottom()
      }
      if (era === store.era()) store.show(stretch)
    }
    leavePast(pathOf(room))
    drawing.silently()
    timeline.toBottom()
    moved(timeline.reader())
  }

  function moved(reader: Reader): void {
    const inPresent = reader.atBottom && !store.snapshot().newer
    // A page may open there: then its address stands until something happens.
    if (inPresent && !arrived) leavePast(pathOf(room))
    arrived = inPresent
    const read = inPresent && store.fresh() > 0 && !document.hidden
    if (read) store.seen()
    if (read || away !== reader.away) {
      away = reader.away
      drawing.ask()
    }
    if (reader.nearTop) paging.page("older")
    else if (reader.nearBottom) paging.page("newer")
  }

  function tick(): void {
    now = clock.now()
    drawing.ask()
  }

  connection.start()
  outbox.reload().then(outbox.wake)
  const served = app.cloneNode(true)
  if (!drawing.attempt(() => hydrate(<RoomScreen snapshot={initial} live={live()} />, app))) {
    // Nothing can be drawn here. The page that the server drew works without us.
    app.replaceWith(served)
    return connection.stop()
  }
  const timeline = openTimeline({
    box: document.getElementById("timeline") as HTMLElement,
    moved,
    reachesPresent: () => !store.snapshot().newer,
  })
  const mark = comesBack() ? keptMark() : undefined
  const isArrival = focus === undefined || mark !== undefined
  const field = openField(form, { send: on.send, back: () => arrows.toLast(), page: timeline.page }, isArrival)
  const arrows = openArrows(document.getElementById("timeline") as HTMLElement, { leave: () => field.focus() })
  field.set(composer.draft())
  if (focus !== undefined && !mark) timeline.toMessage(focus)
  else if (initial.onward && !mark) timeline.toTop()
  else timeline.toBottom()
  now = clock.now()
  drawing.now()
  if (mark) void comeBackTo(mark, { browser, slug: room.slug, store, timeline, show: drawing.silently })

  listenAround({ browser, connection, outbox, composer, own, timeline, tick })
  listenToTabs(tabs, { browser, outbox }, () => {
    if (link === "signed_out") connection.wake()
  })
  cameAlive()
  return ({ helpRoom, pieces }: Later): void => {
    if (findBy(pieces)) {
      store.anew()
      drawing.silently()
    }
    const at = { following: timeline.following, mark: () => keepMark(timeline.mark()) }
    reach = helpRoom({ browser, isLive: connection.live, ...notice, write: composer.append, focus: field.focus, ...at })
  }
}
