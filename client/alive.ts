// Whether the page may come to life here, and the sign that it has. Engines that are older than those we write for
// (bin/supported.ts) run nothing of ours but the stand-in: half a script would be worse than none.

/** Together newer, in each engine, than all else that is used without asking, which is tested. */
export const canLive = (): boolean =>
  "canParse" in URL && "toWellFormed" in String.prototype && CSS.supports("selector(:has(p))")

/** What `canLive` asks for, by the names of browser-compat-data. */
export const asked = ["api.URL.canParse_static", "javascript.builtins.String.toWellFormed", "css.selectors.has"]

/** For the stand-in, which comes when the page's own script has had its turn. */
export function cameToLife(): void {
  document.documentElement.dataset.alive = ""
}
