// Tables, and numbers as they stand in them.
import { short } from "../row.ts"

export function table(heads: string[], rows: string[][]): string {
  const lines = [heads, heads.map(() => "---"), ...rows]
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

export const percent = (part: number): string => `${Math.round(part * 100)} %`
export const offBy = (part: number): string => (part > 0 ? `+${percent(part)}` : percent(part))

export const ms = (milliseconds: number): string =>
  milliseconds >= 1000 ? `${short(milliseconds / 1000)} s` : `${short(milliseconds)} ms`

export const spread = ({ p50, p99 }: { p50: number; p99: number }): string => `${ms(p50)}, ${ms(p99)}`

export const bits = (bytesASecond: number): string => {
  const count = bytesASecond * 8
  if (count >= 1e9) return `${short(count / 1e9)} Gbit/s`
  return count >= 1e6 ? `${short(count / 1e6)} Mbit/s` : `${short(count / 1e3)} kbit/s`
}

export function bytes(count: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB", "PB"]
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(count) / 3)))
  return `${short(count / 1000 ** step)} ${units[step]}`
}
