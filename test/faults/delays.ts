// How long what is said takes until others hear it, who are there already: from the moment at which it is sent, so that the
// answer's own time is in it. Of what had to be sent again nobody knows when it was said, and it is not counted.
import type { History } from "./history.ts"

export function delaysOf({ posts, streams }: History): number[] {
  const sent = new Map<string, { by: string; at: number }>()
  for (const { worker, text, attempts } of posts)
    if (attempts.length === 1 && attempts[0]!.outcome === "ok") sent.set(text, { by: worker, at: attempts[0]!.at })
  return streams
    .filter(({ door }) => door === "websocket" || door === "sse")
    .flatMap(({ worker, heard }) => {
      const live = heard.find(({ kind }) => kind === "live")?.at ?? Number.POSITIVE_INFINITY
      return heard.flatMap((one) => {
        const said = one.kind === "message" && sent.get(one.text ?? "")
        return said && said.by !== worker && said.at > live ? [one.at - said.at] : []
      })
    })
}

export function inWords(delays: number[]): string {
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (part: number) => `${(sorted[Math.ceil(part * sorted.length) - 1] ?? 0).toFixed(0)} ms`
  return `of ${sorted.length} deliveries half within ${at(0.5)}, 99 % within ${at(0.99)}, all within ${at(1)}`
}
