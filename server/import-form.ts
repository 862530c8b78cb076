// What is wrong with an imported file as a whole, by its beginning: another encoding, another packing, or no lines. Said once, and
// with what to do about it, where it would be said of each line otherwise, or some line of it would be taken.

/** Bytes that are looked at, of what is unpacked. */
export const BEGINNING = 4_096
/** Of these it is told whether letters are wider than a byte: the names of fields are in them, which are ASCII in any language. */
const LETTERS = 400

type Form = { what: string; remedy: string }

const convert = (what: string, by: string): Form => ({ what, remedy: `Convert it first, as by "${by}"` })
const unpack = (what: string, by: string): Form => ({ what, remedy: `Unpack it first, as by "${by}"` })
const write = (what: string, by = ""): Form => ({ what, remedy: `Have what is in it written as such lines first${by}` })

/** By which bytes, and where, a file is known that is no text in UTF-8. A longer sign stands before one that begins it. */
const SIGNS: [at: number, sign: string, form: Form][] = [
  [0, "\xff\xfe\0\0", convert("UTF-32", "iconv -f UTF-32 -t UTF-8")],
  [0, "\0\0\xfe\xff", convert("UTF-32", "iconv -f UTF-32 -t UTF-8")],
  [0, "\xff\xfe", convert("UTF-16", "iconv -f UTF-16 -t UTF-8")],
  [0, "\xfe\xff", convert("UTF-16", "iconv -f UTF-16 -t UTF-8")],
  [0, "\x1f\x8b", unpack("packed by gzip twice", "zcat")],
  [0, "\x1f\x9d", unpack("packed by compress", "zcat")],
  [0, "BZh", unpack("packed by bzip2", "bzcat")],
  [0, "\xfd7zXZ\0", unpack("packed by xz", "xzcat")],
  [0, "\x5d\0\0", unpack("packed by lzma", "xzcat")],
  [0, "\x28\xb5\x2f\xfd", unpack("packed by zstd", "zstdcat")],
  [0, "\x04\x22\x4d\x18", unpack("packed by lz4", "lz4cat")],
  [0, "PK\x03\x04", unpack("a zip archive", "unzip -p")],
  [0, "PK\x05\x06", unpack("a zip archive, and empty", "unzip -p")],
  [0, "7z\xbc\xaf\x27\x1c", unpack("a 7z archive", "7z x -so")],
  [0, "Rar!\x1a\x07", unpack("a rar archive", "unrar p -inul")],
  [257, "ustar", unpack("a tar archive", "tar -xOf")],
  [0, "SQLite format 3\0", write("a SQLite database", ', as by "sqlite3" and its json_object()')],
  [0, "%PDF-", write("a PDF")],
]

const ARRAY = convert("one JSON array", "jq -c '.[]'")
const PRETTY = convert("JSON with an object over several lines", "jq -c .")
const NO_TEXT: Form = { what: "no text", remedy: 'Look what it is, as by "file", and unpack or convert it first' }

/** What is wrong with the file that begins so, in words; or null. */
export function formOf(beginning: Buffer): string | null {
  const bytes = beginning.toString("latin1") // a sign for each byte
  const form =
    SIGNS.find(([at, sign]) => bytes.startsWith(sign, at))?.[2] ??
    wideForm(beginning) ??
    noText(beginning) ??
    json(bytes)
  return form
    ? `nor is any other: the file is ${form.what}, and Parlour reads lines of UTF-8, plain or gzip, with a JSON object each. ${form.remedy}`
    : null
}

/** UTF-16 and UTF-32 without a mark have zeros between their letters, always on the same side. In what is no text they lie
 *  anywhere. */
function wideForm(beginning: Buffer): Form | null {
  const bytes = beginning.subarray(0, Math.min(LETTERS, beginning.length & ~3))
  const zeros = [0, 0, 0, 0]
  for (const [at, byte] of bytes.entries()) if (byte === 0) zeros[at % 4]!++
  const [first, second, third, fourth] = zeros as [number, number, number, number]
  const quarter = bytes.length / 4
  const wide = (bits: string) => convert(`UTF-${bits}`, `iconv -f UTF-${bits} -t UTF-8`)
  if (quarter === 0) return null
  if (first === quarter && second === quarter && fourth === 0) return wide("32BE")
  if (fourth === quarter && third === quarter && first === 0) return wide("32LE")
  const [even, odd] = [first + third, second + fourth]
  const [more, fewer] = [Math.max(even, odd), Math.min(even, odd)]
  if (more < quarter / 4 || fewer > more / 4) return null // a letter of another script may have its zero on the other side
  return wide(even > odd ? "16BE" : "16LE")
}

/** Of what is packed, drawn or reckoned a byte in nine is a control character; in text it is a slip. Colours of a terminal are no
 *  such, in a log. */
function noText(beginning: Buffer): Form | null {
  const controls = beginning.filter((byte) => byte < 0x20 && !TEXT.includes(byte)).length
  return controls > 3 && controls > beginning.length / 50 ? NO_TEXT : null
}

/** Tab, line feed, form feed, carriage return and escape. */
const TEXT = [0x09, 0x0a, 0x0c, 0x0d, 0x1b]

/** One whole of JSON. A line of a log may begin with a bracket, too, but no value follows there that can hold messages. */
function json(bytes: string): Form | null {
  const text = bytes.replace(/^\xef\xbb\xbf/, "").trimStart()
  if (/^\[\s*(?:$|[[\]{"])/.test(text)) return ARRAY
  return /^\{[ \t\r]*(?:$|\n)/.test(text) ? PRETTY : null
}
