// The colours as they are seen: each pair of roles that meet on a screen, in every theme, and every face that a name can have.
import { expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8")
const tokens = read("tokens.css")

/** The declarations of the theme that a reader with these wishes gets. */
function theme(...holds: string[]): Map<string, string> {
  const roles = new Map<string, string>()
  const blocks = tokens.matchAll(/(?:@media ([^{]*)\{\s*)?:root \{([^}]*)\}/g)
  for (const [, media, body] of blocks) {
    const wishes = media?.match(/\([^)]*\)|screen/g) ?? []
    if (!wishes.every((wish) => holds.includes(wish))) continue
    for (const [, name, value] of body!.matchAll(/(--[\w-]+):\s*([^;]+);/g)) roles.set(name!, value!)
  }
  return roles
}

const DARK = "(prefers-color-scheme: dark)"
const MORE = "(prefers-contrast: more)"
const themes = {
  light: theme("screen"),
  dark: theme("screen", DARK),
  "light, more contrast": theme("screen", MORE),
  "dark, more contrast": theme("screen", DARK, MORE),
  "paper, out of the dark": theme(DARK),
}

type Colour = { rgb: [number, number, number]; alpha: number }

/** "oklch(0.45 0.08 178 / 0.13)" as a screen shows it: in linear sRGB, what it cannot show cut off. */
function colour(value: string): Colour {
  const [l = 0, c = 0, h = 0, alpha = 1] = value.match(/[\d.]+/g)!.map(Number)
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)]
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ]
  const rgb = [
    4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z,
    -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z,
    -0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z,
  ].map((part) => Math.min(1, Math.max(0, part)))
  return { rgb: rgb as Colour["rgb"], alpha }
}

const encoded = (part: number) => (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055)
const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)

/** One colour laid over another, as screens do it: in encoded values. */
const over = (top: Colour, below: Colour): Colour => ({
  alpha: 1,
  rgb: top.rgb.map((part, index) =>
    linear(encoded(part) * top.alpha + encoded(below.rgb[index]!) * (1 - top.alpha)),
  ) as Colour["rgb"],
})

const luminance = ({ rgb: [r, g, b] }: Colour) => 0.2126 * r + 0.7152 * g + 0.0722 * b

function contrast(one: Colour, two: Colour): number {
  const [bright, dim] = [luminance(one), luminance(two)].sort((a, b) => b - a) as [number, number]
  return (bright + 0.05) / (dim + 0.05)
}

test("the measure is right: black on white is 21 to 1, and a known colour is what it is", () => {
  expect(contrast(colour("oklch(0 0 0)"), colour("oklch(1 0 0)"))).toBeCloseTo(21, 1)
  const red = colour("oklch(0.62796 0.25768 29.234)").rgb // #f00
  expect(red.map((part) => Math.round(part * 100))).toEqual([100, 0, 0])
})

/** What stands on what, and how far apart they are at least: read 7, glanced at 4.5, edges and the focus 3. */
const pairs: [on: string[], figure: string, least: number][] = [
  [["--paper", "--paper-deep", "--hover", "--selected", "--mention"], "--ink", 7],
  [["--paper", "--paper-deep"], "--ink-soft", 4.5],
  [["--hover", "--selected", "--mention"], "--ink-soft", 4.5],
  [["--paper"], "--accent", 6],
  [["--accent", "--accent-strong"], "--accent-ink", 4.5],
  [["--paper", "--danger-paper"], "--danger", 4.5],
  [["--paper"], "--ok", 4.5],
  [["--paper", "--paper-deep"], "--edge", 3],
  [["--selected", "--paper-deep"], "--accent", 3],
]

for (const [name, roles] of Object.entries(themes)) {
  const paper = colour(roles.get("--paper")!)
  const shown = (role: string) => over(colour(roles.get(role)!), paper)

  test(`${name}: everything can be read, seen and found`, () => {
    for (const [grounds, figure, least] of pairs)
      for (const ground of grounds) {
        const found = contrast(shown(figure), shown(ground))
        expect({ pair: `${figure} on ${ground}`, isEnough: found >= least, found }).toMatchObject({ isEnough: true })
      }
  })

  test(`${name}: the initial is legible on each face, in both of its hues`, () => {
    const hued = (face: string, hue: number) => colour(`oklch(${roles.get(face)} ${hue})`)
    for (const hue of hues)
      for (const turn of turns)
        for (const ground of [hued("--face-1", hue), hued("--face-2", hue + turn)])
          expect(contrast(hued("--face-ink", hue), ground)).toBeGreaterThan(4.5)
  })
}

const avatar = read("avatar.css")
const numbers = (pattern: RegExp) => [...avatar.matchAll(pattern)].map(([, number]) => Number(number))
const hues = numbers(/--hue: (\d+);/g)
const turns = numbers(/--turn: (\d+);/g)

test("the two hues of a face lie far apart, and how far is not the same for all", () => {
  expect(hues).toHaveLength(24)
  expect(new Set(turns).size).toBe(6)
  for (const turn of turns) expect(Math.min(turn, 360 - turn)).toBeGreaterThanOrEqual(110)
})

test("out of the dark, paper is printed on as on any other paper", () => {
  expect(themes["paper, out of the dark"]).toEqual(themes.light)
})
