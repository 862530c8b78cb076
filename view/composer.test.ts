import { expect, test } from "bun:test"
import { shortName } from "./composer.tsx"

test.each([
  ["talk", "talk"],
  ["Kitchen rota", "Kitchen rota"],
  ["Reading the news together", "Reading the news tog\u2026"],
  ["W".repeat(40), `${"W".repeat(10)}\u2026`],
  ["\u96fb\u8eca".repeat(20), `${"\u96fb\u8eca".repeat(5)}\u2026`],
  [
    "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}".repeat(12),
    `${"\u{1f469}\u200d\u{1f469}\u200d\u{1f467}".repeat(10)}\u2026`,
  ],
  [`e${"\u0301".repeat(5)}`.repeat(21), `${`e${"\u0301".repeat(5)}`.repeat(20)}\u2026`],
])("the name of %s is shortened for the field between letters, and marked", (name, short) => {
  expect(shortName(name)).toBe(short)
})
