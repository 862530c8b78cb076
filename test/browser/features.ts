// What Chromium leaves out in tests.

/** Half of what opening a window costs. The list under the address bar, which nobody opens here, is two pages of the browser's
 *  own, which take longer to come than ours; and for a page that may be opened next a process is begun. */
export const NEEDLESS = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"]

/** What Playwright leaves out, which has to be said again where anything is: the last word replaces those before. */
export const OF_PLAYWRIGHT = [
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
]
