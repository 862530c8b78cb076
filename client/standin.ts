// For a browser whose scripts run, but in which the page's own did not bring the page to life: the engine is older than those
// we write for, or the script was held up on its way. It gets what a browser without scripts has, which it would never look
// for in <noscript>. Written in the language of 2009, because it runs where nothing newer does.
;(function standIn() {
  var page = document.documentElement
  var own = document.getElementById("standin")
  if (!own || page.getAttribute("data-alive") !== null) return

  var style = document.createElement("link")
  style.rel = "stylesheet"
  style.href = own.getAttribute("data-style") || ""
  page.appendChild(style)

  // What was typed early was kept for a script that does not take it.
  var box = document.getElementById("message") as HTMLTextAreaElement | null
  var typed = document.typedEarly ? document.typedEarly() : ""
  if (box && typed) box.value += typed

  var hole = document.getElementById("without-scripts")
  if (!hole) return
  var frame = document.createElement("iframe")
  frame.className = "live-frame"
  frame.title = hole.getAttribute("data-title") || ""
  frame.src = hole.getAttribute("data-src") || ""
  ;(hole.parentNode as Node).insertBefore(frame, hole)
})()
