// What is copied from the conversation: "ann: first", a line for each message, and no times, which would be untrue when they
// are pasted. Words chosen within one message are copied as they stand.

export function listenToCopying(): void {
  document.addEventListener("copy", (event) => {
    const target = event.target as Element | null
    if (target?.closest?.("input, textarea")) return
    const lines = linesOf(getSelection())
    if (!lines || !event.clipboardData) return
    event.clipboardData.setData("text/plain", lines.join("\n"))
    event.preventDefault()
  })
}

/** The lines of what is selected; nothing where it lies within one message, or outside of them. */
function linesOf(selection: Selection | null): string[] | undefined {
  if (!selection || selection.isCollapsed) return undefined
  const ranges = Array.from({ length: selection.rangeCount }, (_, at) => selection.getRangeAt(at))
  const rows = Array.from(document.querySelectorAll("#timeline article"))
  const chosen = rows.filter((row) => ranges.some((range) => range.intersectsNode(row)))
  const lines = chosen.flatMap((row) => lineOf(row, ranges) ?? [])
  return lines.length > 1 ? lines : undefined
}

function lineOf(row: Element, ranges: Range[]): string | undefined {
  const text = row.querySelector(".text")
  if (!text) return undefined
  const words = ranges.map((range) => within(text, range)).join("")
  if (words.trim() === "") return undefined
  return `${row.querySelector(".author bdi")?.textContent ?? ""}: ${words}`
}

/** The part of the selection that lies in the element. */
function within(element: Element, range: Range): string {
  if (!range.intersectsNode(element)) return ""
  const part = document.createRange()
  part.selectNodeContents(element)
  if (part.compareBoundaryPoints(Range.START_TO_START, range) < 0)
    part.setStart(range.startContainer, range.startOffset)
  if (part.compareBoundaryPoints(Range.END_TO_END, range) > 0) part.setEnd(range.endContainer, range.endOffset)
  return part.toString()
}
