// Which room an old address means, and text as those pages need it that put what they receive into themselves as HTML.
import type { Room } from "../../../protocol/event.ts"
import { DEFAULT_ROOM } from "../../../protocol/limits.ts"
import type { App } from "../../app.ts"
import { readerOf } from "../../caller.ts"
import { mustBeReadable } from "../../rooms/rows.ts"
import type { Ask } from "../env.ts"
import { queried } from "../query.ts"

/** The room in the path, or in `?room=`, or the default one. Refuses who is not signed in, or may not read it. */
export async function roomAsked({ db }: App, context: Ask): Promise<Room> {
  const name = context.req.param("room") || queried(context, "room") || DEFAULT_ROOM
  return mustBeReadable(db.sql, name, readerOf(context.get("caller")))
}

/** As HTML it shows the text, wherever it is put: between tags or in an attribute. */
export const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
