// The sizes that both sides know, so that a client can say no before the server has to.

/** Characters (code points) in one message. */
export const MAX_TEXT = 8_000
/** Links of one message; what follows them stays text. A link costs as much to draw as a hundred words, and a message could hold two
 *  thousand. */
export const MOST_LINKS = 50
/** Characters in a room's name. */
export const MAX_ROOM_NAME = 80
/** Characters in a username. */
export const MAX_USERNAME = 40
/** Characters in a password. The upper end only keeps hashing from being fed megabytes. */
export const MIN_PASSWORD = 8
export const MAX_PASSWORD = 1_000
/** Characters in a client's own mark for a message (`nonce`). */
export const MAX_NONCE = 100
/** Characters in the name of the place. */
export const MAX_PLACE_NAME = 80

/** UTF-16 units that a name, a link's code or another short word may have as it was typed. Longer than any that is, in any
 *  spelling: what it really is is measured when it has been folded, and folding takes its time. */
export const MAX_TYPED = 400
/** The same of a message: each character may take two, and line ends and blanks at the end go before it is measured. */
export const MAX_TYPED_TEXT = 4 * MAX_TEXT
/** Characters in a client's own mark for a command over the socket (`ref`). */
export const MAX_REF = 64
/** Lines of an import in one command. */
export const MAX_LINES = 1_000

/** Messages on the first paint, and on each page after it. */
export const PAGE = 50
/** The most that one request for messages may ask. */
export const MAX_PAGE = 200

/** The room that every place begins with and everyone who registers is in. */
export const DEFAULT_ROOM = "talk"

/** How long a text is to a person: characters, not UTF-16 units, so that an emoji counts once. */
export const lengthOf = (text: string): number => text.replace(PAIR, "x").length
/** A character of two units. To iterate would make a string of each character, which is slow. */
const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g
