import { expect, test } from "bun:test"
import { clockTime, exactTime } from "../../view/times.ts"
import type { Ask } from "./env.ts"
import { readerClock } from "./reader.ts"

const asks = (clock: string) => readerClock({ req: { header: () => `parlour_clock=${clock}` } } as unknown as Ask)

test.each([
  ["UTC|de-x-1a", "de"],
  ["UTC|de-DE-1996-x-1a", "de-DE"],
  ["UTC|sr-latn-rs", "sr-Latn-RS"],
  ["UTC|de-t-fr-x-1a", "de"],
  ["UTC|de-u-co-phonebk", "de"],
  ["UTC|en-US-u-hc-h23", "en-US-u-hc-h23"],
  ["UTC|ar-EG-u-nu-latn", "ar-EG-u-nu-latn"],
  ["UTC|th-TH-u-ca-gregory", "th-TH-u-ca-gregory"],
  ["UTC|x-whatever", undefined],
  ["UTC|en_US", undefined],
])("of what a browser says in %j the language is %p", (said, locale) => {
  expect(asks(said)).toEqual({ zone: "UTC", ...(locale !== undefined && { locale }) })
})

test("of zones and languages in every spelling, asked for one after the other, a few are remembered", async () => {
  const { DateTimeFormat } = Intl
  const made: WeakRef<object>[] = []
  Intl.DateTimeFormat = class extends DateTimeFormat {
    constructor(...words: ConstructorParameters<typeof DateTimeFormat>) {
      super(...words)
      made.push(new WeakRef(this))
    }
  } as typeof DateTimeFormat
  const letter = (n: number) => String.fromCharCode(65 + (n % 26))
  const spelled = (zone: string, n: number) =>
    Array.from(zone, (one, i) => ((n >> i) & 1 ? one.toUpperCase() : one.toLowerCase())).join("")
  try {
    for (let n = 0; n < 500; n++) {
      const clock = asks(`${spelled("Europe/Berlin", n)}|de-${letter(n)}${letter(n / 26)}`)
      expect(clock.locale).toBeDefined()
      const told = { zone: "UTC", now: 0, ...clock }
      exactTime(n * 3_600_000, told)
      clockTime(n * 3_600_000, told)
    }
  } finally {
    Intl.DateTimeFormat = DateTimeFormat
  }
  await Bun.sleep(10) // what was looked at in one turn lives to its end
  Bun.gc(true)
  expect(made.length).toBeGreaterThan(1_000)
  expect(made.filter((one) => one.deref()).length).toBeLessThan(500)
  expect(asks("Asia/Tokyo|ja")).toEqual({ zone: "Asia/Tokyo", locale: "ja" })
}, 30_000)
