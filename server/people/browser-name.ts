// What a session was begun on, in words that its owner knows it by: "Firefox on Linux". Only these are kept of what the browser
// says of itself.

/** Most browsers name others, too, to be taken for them: the first that fits is it. */
const browsers: [sign: RegExp, name: string][] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\b(OPR|OPT|Opera)\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bYaBrowser\//, "Yandex Browser"],
  [/\bDuckDuckGo\//, "DuckDuckGo"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\bEpiphany\//, "Web"],
  [/\b(Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bVersion\/[\d.]+ .*Safari\//, "Safari"],
]

const systems: [sign: RegExp, name: string][] = [
  [/\biPhone\b|\biPod\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bLinux\b|\bX11\b/, "Linux"],
]

/** A program says its name first: "curl/8.5.0". */
const PROGRAM = /^([A-Za-z][A-Za-z0-9 ._-]{0,29})(\/|$)/
/** What is longer is no browser's. */
const LONGEST = 1_000

const nameIn = (list: typeof browsers, agent: string) => list.find(([sign]) => sign.test(agent))?.[1]

/** "" when nothing is known of it. */
export function browserName(agent: string | undefined): string {
  const said = (agent ?? "").slice(0, LONGEST)
  const browser = nameIn(browsers, said)
  const system = nameIn(systems, said)
  if (browser && system) return `${browser} on ${system}`
  if (browser || system) return browser ?? `A browser on ${system}`
  const program = said.startsWith("Mozilla/") ? undefined : said.match(PROGRAM)?.[1]
  return program ? `The program ${program.trim()}` : ""
}
