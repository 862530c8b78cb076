// A room with a past, made up, and where its rows stand on the screen.
import type { Line, Visitor } from "./place.ts"

const AUTHORS = ["Dora", "Emil", "Fay"]

/** Messages of every height, a few from each, one `apart` (in milliseconds) from the next. `tall` is how long each seventh is. */
export const past = (
  count: number,
  { room = "talk", word = "line", day = 1, apart = 60_000, tall = 30 } = {},
): Line[] =>
  Array.from({ length: count }, (_, index) => ({
    room,
    author: AUTHORS[Math.floor(index / 3) % AUTHORS.length] as string,
    at: Date.UTC(2026, 0, day) + index * apart,
    text: `${word} ${index + 1}${tall > 0 && index % 7 === 0 ? `\n${"and so on, ".repeat(tall)}` : ""}`,
  }))

export type Row = { id: string; top: number }

/** The first row that begins so many pixels below the upper edge of what is seen, and where it stands. */
export const rowInView = ({ timeline }: Visitor, below = 0): Promise<Row> =>
  timeline.evaluate((box, below) => {
    const { top } = box.getBoundingClientRect()
    const row = [...box.querySelectorAll("article")].find((row) => row.getBoundingClientRect().top >= top + below)
    return { id: row?.id ?? "", top: row?.getBoundingClientRect().top ?? Number.NaN }
  }, below)

/** How many pixels further down a row stands now. */
export async function movedBy({ page }: Visitor, { id, top }: Row): Promise<number> {
  const now = await page.evaluate((id) => document.getElementById(id)?.getBoundingClientRect().top, id)
  return (now ?? Number.NaN) - top
}
