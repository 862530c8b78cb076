// Words that change while the page is open, on pages that the browser translates. It puts elements of its own in the place of
// text, and what a renderer would write into the old text is then never seen.
import type { JSX } from "preact"

/** An element anew whenever the words differ: translated or not, the old ones go and the new ones come. */
export const Words = ({ children }: { children: string }): JSX.Element => <span key={children}>{children}</span>

/** "8,000". Not by the browser's own words for numbers, which take long to begin, and depend on what it has of other languages. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",")

/** To be spread on what no translation makes better, such as times. Written so because a renderer would set the property
 *  of that name, which takes any word for a yes. */
export const untranslated = { Translate: "no" } as object
