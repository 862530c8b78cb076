// Messages that nobody wrote: made-up words, as often and as long as in real talk. The same on every run.

export type Line = { room: string; author: string; at: string; text: string }

const ROOMS = 60
const AUTHORS = 2_000
const VOCABULARY = 20_000
const SYLLABLES = "ba co di fu ge hi jo ka li mo nu pa qui re so ta u ve wi xo ya zo sch ing er an tion ly st".split(
  " ",
)
const BEGINNING = Date.UTC(2020, 0, 1)

export function* lines(count: number): Generator<Line> {
  const chance = chances(20_200_101)
  // A few of many are met most of the time: rooms, authors and words alike.
  const oneOf = (many: number) => Math.min(many - 1, Math.floor(many ** chance()) - 1)
  const vocabulary = Array.from({ length: VOCABULARY }, (_, i) => word(chance, i))
  let at = BEGINNING
  for (let i = 0; i < count; i++) {
    at += Math.floor(chance() ** 4 * 600_000)
    const room = oneOf(ROOMS)
    const size = 1 + Math.floor(-9 * Math.log(1 - chance()))
    const words = Array.from({ length: size }, () => vocabulary[oneOf(VOCABULARY)])
    if (chance() < 0.02) words.push(`https://example.org/${words[0]}/${i}`)
    yield {
      room: room === 0 ? "talk" : `room ${room}`,
      author: `author ${oneOf(AUTHORS)}`,
      at: new Date(at).toISOString(),
      text: words.join(" "),
    }
  }
}

/** The oftener a word, the shorter. */
function word(chance: () => number, rank: number): string {
  const syllables = 1 + Math.floor((Math.log10(rank + 1) / 2) * (1 + chance()))
  return Array.from({ length: syllables }, () => SYLLABLES[Math.floor(chance() * SYLLABLES.length)]).join("")
}

/** Mulberry32: numbers from 0 to 1, the same ones for the same seed. */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
