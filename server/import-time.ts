// When a line of an import was said, in whichever of the usual ways that is written; or, in words, why it is none. What would be
// another time on another machine, in another country or by a kinder reading is none: a second run could not mend it.

const DAY = 24 * 60 * 60 * 1000
/** What programs count in since 1970: the least number that is taken for it, and what makes milliseconds of it. Nobody chatted in
 *  the first years, and what is less counts something else. */
const COUNTS: [from: number, times: number, by: number][] = [
  [1e8, 1_000, 1], // seconds, from 1973: less are days of a spreadsheet, days in digits (20191007), and nothing
  [3e11, 1, 1], // from 1979: less are seconds of another century, and minutes in digits (201910071820)
  [1e14, 1, 1_000], // millionths, from 1973
  [9e17, 1, 1_000_000], // and thousandths of these, from 1998: less are .NET's since the year 1, Apple's since 2001
]
/** The last millisecond of the year 9999: what is more is no time to come. */
const LAST = Date.UTC(10_000, 0) - 1
/** As Slack writes it: "1570472456.000200". */
const NUMBER_AS_TEXT = /^\d{9,19}(\.\d+)?$/
/** Characters of a time, in any spelling: what is longer is none, and would take long to be found so. */
const LONGEST_TIME = 100

const CLOCK = "(?<hour>\\d\\d):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?<fraction>\\.\\d+)?)?"
const ZONE = "(?:Z|(?:UTC|GMT)?(?:(?<sign>[+-])(?<hours>\\d\\d)(?::?(?<minutes>\\d\\d))?)?)(?: UTC)?(?: ?\\([^()]*\\))?"
/** ISO 8601, and as databases and programs write it. Without a zone it is taken as UTC. */
const ISO = new RegExp(`^(?<year>\\d{4})-(?<month>\\d\\d)(?:-(?<day>\\d\\d)(?:[T ]${CLOCK}\\s?${ZONE})?)?$`, "i")
/** A month by its name, with a zone: as mail has it, and as browsers. 07/10/2019 is in July here and in October there. */
const NAMED = new RegExp(
  "^(?:[A-Z][a-z]{2},? )?(?:(?<day>\\d{1,2}) (?<name>[A-Z][a-z]{2})|(?<name2>[A-Z][a-z]{2}) (?<day2>\\d{1,2})),? (?<year>\\d{4}),? " +
    `${CLOCK} (?=\\S)${ZONE}$`,
)
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")

const SUCH_AS = 'such as "2019-10-07T18:20:56Z"'
const NO_TIME = `"at" is not a time, ${SUCH_AS}`

/** Milliseconds since 1970, or what is wrong. */
export function timeOf(at: unknown): number | string {
  const latest = Date.now() + DAY
  if (typeof at !== "number" && (typeof at !== "string" || at.length > LONGEST_TIME)) return NO_TIME
  const isCount = typeof at === "number" || NUMBER_AS_TEXT.test(at)
  const time = isCount ? counted(Number(at), latest) : written(at.trim())
  if (Number.isNaN(time))
    return isCount
      ? `"at" is no count of seconds or milliseconds since 1970: ${shown(at)}. Write it out, ${SUCH_AS}`
      : NO_TIME
  if (time < 0) return `"at" is before 1970: ${shown(at)}`
  if (time > latest) return `"at" is in the future, as milliseconds since 1970: ${shown(at)}`
  return Math.trunc(time)
}

/** Milliseconds since 1970; also where they are before it, or to come. */
function counted(at: number, latest: number): number {
  for (const [from, times, by] of COUNTS) if (at >= from && (at * times) / by <= latest) return (at * times) / by
  return at < 0 || (at > latest && at <= LAST) ? at : Number.NaN
}

/** Reckoned here: what engines make of a date depends on where they run, and 30 February is the second of March to them. */
function written(at: string): number {
  const found = (ISO.exec(at) ?? NAMED.exec(at))?.groups
  if (!found) return Number.NaN
  const of = (name: string): number => Number(found[name] ?? 0)
  const named = found.name ?? found.name2
  const month = named ? MONTHS.indexOf(named) : of("month") - 1
  const day = Number(found.day ?? found.day2 ?? 1)
  const year = of("year")
  const midnight = Date.UTC(year, month, day)
  if (month < 0 || new Date(midnight).toISOString() !== isoOf(year, month, day)) return Number.NaN
  const [hour, minute, second] = [of("hour"), of("minute"), of("second")]
  if (hour > (minute + second === 0 ? 24 : 23) || minute > 59 || second > 59) return Number.NaN
  const zone = of("hours") * 60 + of("minutes")
  if (of("hours") > 23 || of("minutes") > 59) return Number.NaN
  const minutes = hour * 60 + minute - (found.sign === "-" ? -zone : zone)
  return midnight + minutes * 60_000 + second * 1_000 + Math.trunc(of("fraction") * 1_000)
}

const isoOf = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, "0")}-${twoDigits(month + 1)}-${twoDigits(day)}T00:00:00.000Z`

const twoDigits = (value: number): string => String(value).padStart(2, "0")
const shown = (at: unknown): string => String(at).slice(0, 40)
