// The content security policy of every page: nothing runs, loads, frames or is framed that is not ours, and no script or style
// stands in a page itself. No text becomes markup or code by a script either, ours included: the browser refuses each such
// sink (innerHTML, document.write, eval, a worker's address ...), and no policy may be named that would let one through.
const policy = (framedBy: "'none'" | "'self'"): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    `frame-ancestors ${framedBy}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ")

/** Of all pages but one kind. */
export const POLICY = policy("'none'")
/** For the live frame of the page without scripts, which our own pages hold. */
export const FRAMED_POLICY = policy("'self'")
