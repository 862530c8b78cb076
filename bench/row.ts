// A row of the table: what is measured, what it should reach, and what came out.

/** Bars of things side by side, or lines over an axis that grows tenfold at each step. */
export type Plot =
  | { title: string; bars: { name: string; value: number }[] }
  | { title: string; lines: { name: string; points: [x: number, y: number][] }[] }

export type Found = {
  /** In words, for the table. */
  measured: string
  /** Null where there is nothing to reach. */
  met: boolean | null
  /** More to know: one line each, under the table. */
  notes?: string[]
  /** For the file of results. */
  numbers: Record<string, number>
  plots?: Plot[]
}

/** `large`: with what takes many minutes. */
export type Row = { name: string; what: string; reach: string; measure(large: boolean): Promise<Found> }

export const median = (values: number[]): number => percentile(values, 50)

export function percentile(values: number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

/** Three digits that matter, with thousands and millions by their letter. */
export function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
  if (value >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`
  return String(Number(value.toPrecision(3)))
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
export const kilobytes = (bytes: number): string => `${(bytes / 1e3).toFixed(1)} KB`
export const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
