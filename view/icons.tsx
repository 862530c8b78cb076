// The icons, drawn on a grid of 20 with strokes of 1.5 that take the colour of the text. They are decoration to a
// screen reader: the control around them carries the name. Those that no room has are in signs.tsx, which browsers do not load.
import type { JSX } from "preact"

const paths = {
  back: "M12 4.5 6.5 10l5.5 5.5",
  down: "M10 4v11.5M5 10.5l5 5 5-5",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  send: "M10 16V4.5M4.75 9.75 10 4.5l5.25 5.25",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  more: "M4.25 9.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1ZM10 9.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1ZM15.75 9.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1Z",
  rooms: "M3 5.5h14M3 10h14M3 14.5h9",
  people:
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-2.8 2.2-4.5 5.5-4.5s5.5 1.7 5.5 4.5M13 3.8a3 3 0 0 1 0 5.4M15 12.4c1.9.6 3 2.1 3 4.1",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  leave: "M8 3.5H4.5v13H8M12.5 6.5 16 10l-3.5 3.5M16 10H8",
} as const

export const Icon = ({ name }: { name: keyof typeof paths }): JSX.Element => <Drawing path={paths[name]} />

export const Drawing = ({ path }: { path: string }): JSX.Element => (
  <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
    <path d={path} />
  </svg>
)

/** The mark: two quotation marks, as side by side as two who talk. */
export const Mark = (): JSX.Element => (
  <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <rect class="mark-ground" width="32" height="32" rx="8" />
    <path class="mark-figure" d={quotationMark("M6.5") + quotationMark("M16.9")} />
  </svg>
)

const quotationMark = (start: string): string =>
  `${start} 12.3a4.3 4.3 0 0 1 8.6 0v2.4c0 4.7-2 7.9-5.7 9.9-1.1.6-2-.6-1.1-1.5 1.5-1.6 2.3-3.2 2.5-4.9a4.3 4.3 0 0 1-4.3-4.3z`
