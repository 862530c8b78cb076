// What keeps a page beside the conversation from being replaced by what nobody asked for: an error of the browser's, while the place
// is out of reach, or a file. Such a page holds no line to the place, so a form asks each time whether the place is there; a link
// would be slower by that, and asks only where the browser itself says that it has no network.
import type { Browser } from "./browser.ts"
import { listenToFiles } from "./files.ts"
import { openNotice } from "./notice.ts"
import { openReach } from "./reach.ts"

export function helpBeside(browser: Browser): void {
  const line = document.createElement("p")
  line.className = "still now"
  line.setAttribute("role", "alert")
  const notice = openNotice(browser, () => {
    const words = notice.now()
    line.textContent = words ?? ""
    if (words === undefined) line.remove()
    else document.body.append(line)
  })
  openReach({
    browser,
    trusts: (press) => press === "link" && browser.online(),
    go: (address) => location.assign(address),
    ...notice,
  })
  listenToFiles(notice.mention)
}
