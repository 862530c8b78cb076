// The shell around every page. It holds no inline script, no inline style and no event attribute, so that the
// content security policy can forbid them all.
import type { ComponentChildren, JSX } from "preact"
import type { Cursor } from "../protocol/cursor.ts"
import { packed } from "./packed.ts"
import type { RoomSnapshot } from "./snapshot.ts"

/** The addresses of the built client. */
export type Assets = {
  style: string
  /** The styles of what is neither a room nor a frame in one. */
  pages: string
  /** What a room waits for. */
  early?: string
  script: string
  /** What the script loads when the page lives. */
  later?: string
  standin: string
  noscript: string
  icon: string
  manifest?: string
}

export type PageProps = {
  title: string
  assets: Assets
  children: ComponentChildren
  /** What kind of page it is, for the styles. */
  kind: "room" | "frame" | "plain"
  /** Where the feed goes on from what is drawn here. */
  cursor?: Cursor
  /** The reader asked for it without our script, which does not run in their browser. */
  still?: boolean | undefined
  /** Times on it are in the reader's own zone. */
  zoned?: boolean | undefined
}

/** The whole document but for its doctype. Pages of a private place ask not to be indexed. */
export const Page = ({ title, assets, children, kind, cursor, still, zoned }: PageProps): JSX.Element => (
  <html lang="en" class={zoned ? `${kind} zoned` : kind}>
    <head>
      <meta charset="utf-8" />
      <title>{title}</title>
      <meta
        name="viewport"
        content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
      />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fdfcfa" />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1b1916" />
      {/* Before the styles: it would wait for them. */}
      {kind === "room" && !still && assets.early && <script src={assets.early} />}
      <link rel="stylesheet" href={assets.style} />
      {kind === "plain" && <link rel="stylesheet" href={assets.pages} />}
      {still ? (
        <link rel="stylesheet" href={assets.noscript} />
      ) : (
        <noscript>
          <link rel="stylesheet" href={assets.noscript} />
        </noscript>
      )}
      <link rel="icon" href={assets.icon} type="image/svg+xml" />
      {/* With cookies: a login that stands before the place lets nobody else through. */}
      {assets.manifest && <link rel="manifest" href={assets.manifest} crossorigin="use-credentials" />}
      {/* The frame is for those without. */}
      {kind !== "frame" && !still && <script type="module" src={assets.script} />}
      {/* In its turn after the other, whatever became of that. */}
      {kind !== "frame" && !still && <script id="standin" defer src={assets.standin} data-style={assets.noscript} />}
    </head>
    <body data-tick={cursor}>{children}</body>
  </html>
)

/** The doctype, and the data that the browser goes on from. It is put in after drawing, because a renderer escapes text
 *  for HTML, and the inside of a script element is not HTML. Escaping `<` keeps user text from closing the element. */
export function documentOf(html: string, snapshot?: RoomSnapshot): string {
  if (!snapshot) return `<!doctype html>${html}`
  const end = html.lastIndexOf("</body>")
  const data = JSON.stringify(packed(snapshot)).replaceAll("<", "\\u003c")
  return `<!doctype html>${html.slice(0, end)}<script type="application/json" id="snapshot">${data}</script>${html.slice(end)}`
}
