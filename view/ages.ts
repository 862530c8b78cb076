// How long ago something was, in words that are true in every zone of time.

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** Of so many milliseconds: "less than an hour ago", "3 hours ago", "12 days ago", "5 months ago". */
export function ageWords(milliseconds: number): string {
  if (milliseconds < HOUR) return "less than an hour ago"
  if (milliseconds < DAY) return ago(milliseconds / HOUR, "hour")
  if (milliseconds < 60 * DAY) return ago(milliseconds / DAY, "day")
  return ago(milliseconds / (30 * DAY), "month")
}

function ago(count: number, unit: string): string {
  const whole = Math.floor(count)
  return whole === 1 ? `${unit === "hour" ? "an" : "a"} ${unit} ago` : `${whole} ${unit}s ago`
}
