// Commands: what a client may ask for. Every transport delivers these and nothing else, and everything that
// comes from outside is parsed here, once; inside it is believed.
//
// Each string and each list has a bound, and it stands before whatever works on it: what is measured last is worked on first,
// however long it is. A test walks these schemas and finds one that has none.
import * as v from "valibot"
import {
  lengthOf,
  MAX_LINES,
  MAX_NONCE,
  MAX_PASSWORD,
  MAX_PLACE_NAME,
  MAX_REF,
  MAX_ROOM_NAME,
  MAX_TEXT,
  MAX_TYPED,
  MAX_TYPED_TEXT,
  MAX_USERNAME,
} from "./limits.ts"
import { Refusal } from "./refusal.ts"
import { isBlank } from "./text.ts"

const NOTHING_SAID = "Write something first: a message needs words."
const WHICH_ROOM = "Say which room: its name or its id."
const NO_ROOM_NAME = "A room needs a name."
const NO_USERNAME = "Give a username."
const NO_PASSWORD = "Give a password."
const WRONG_REF = `A ref is a whole number, or text of at most ${MAX_REF} characters.`
const NO_LINK = "The link is incomplete."

const LONG_TEXT = `A message has at most ${MAX_TEXT.toLocaleString("en")} characters`
/** `own`: how many it has, where they were counted. */
const longText = (own = ""): string => `${LONG_TEXT}${own}. Shorten it, or send it in parts.`
const itHas = (text: string): string => `, and this one has ${lengthOf(text).toLocaleString("en")}`
const LONG_ROOM_NAME = `A room's name has at most ${MAX_ROOM_NAME} characters. Choose a shorter one.`
const LONG_PLACE_NAME = `The name has at most ${MAX_PLACE_NAME} characters. Choose a shorter one.`
/** What is only too long is told apart from what is wrong, by how it begins. */
const TOO_LONG = [LONG_TEXT, LONG_ROOM_NAME, LONG_PLACE_NAME]

const text = v.pipe(
  v.string("A message is text."),
  v.maxLength(MAX_TYPED_TEXT, longText()),
  v.transform(plainText),
  v.check((value) => !isBlank(value), NOTHING_SAID),
  v.check(
    (value) => lengthOf(value) <= MAX_TEXT,
    ({ input }) => longText(itHas(input)),
  ),
)

/** A room is named by its id, or by its name in any spelling that leads to the same address. */
const room = v.union(
  [
    v.pipe(v.number(), v.safeInteger(WHICH_ROOM), v.minValue(1, WHICH_ROOM)),
    v.pipe(v.string(), v.maxLength(MAX_TYPED, WHICH_ROOM)),
  ],
  WHICH_ROOM,
)

const nonce = v.pipe(
  v.string("A nonce is text."),
  v.maxLength(MAX_NONCE, `A nonce has at most ${MAX_NONCE} characters.`),
  v.regex(/^[\x21-\x7e]+$/, "A nonce is made of visible ASCII characters."),
)

const username = v.pipe(
  v.string(NO_USERNAME),
  v.maxLength(MAX_TYPED, `A username has at most ${MAX_USERNAME} characters. Choose a shorter one.`),
  v.transform(plainText),
)
const password = v.pipe(
  v.string(NO_PASSWORD),
  v.maxLength(MAX_PASSWORD, `A password has at most ${MAX_PASSWORD} characters.`),
)
const registration = v.picklist(["open", "invite", "closed"], "Registration is open, invite or closed.")
/** A short word, which is looked at further by whoever uses it. */
const word = v.pipe(v.string(), v.maxLength(MAX_TYPED))
/** A code that a link carries, or another word of ours: it is looked up as it came. Without control characters, as Postgres
 *  takes none of them for text. */
const code = v.pipe(v.string(), v.maxLength(MAX_TYPED), v.transform(plainText))
const placeName = v.pipe(v.string(), v.maxLength(MAX_TYPED, LONG_PLACE_NAME))
const line = v.object({
  room: word,
  author: word,
  at: v.number(),
  text: v.pipe(v.string(), v.maxLength(MAX_TYPED_TEXT)),
  nonce,
})

/** What anyone signed in may send over the socket or the API. */
export const spoken = v.variant("type", [
  v.object({ type: v.literal("post"), room, text, nonce: v.optional(nonce) }),
  v.object({ type: v.literal("open"), name: v.pipe(v.string(NO_ROOM_NAME), v.maxLength(MAX_TYPED, LONG_ROOM_NAME)) }),
  v.object({ type: v.literal("join"), room }),
  v.object({ type: v.literal("leave"), room }),
  v.object({ type: v.literal("typing"), room, done: v.optional(v.boolean()) }),
])

/** What only a form or the command line sends. */
const administered = v.variant("type", [
  v.object({
    type: v.literal("register"),
    username,
    password,
    /** On an empty place only: what it is called and who may join. */
    place: v.optional(placeName),
    registration: v.optional(registration),
    /** The code of an invite link, where one is needed. */
    invite: v.optional(code),
    /** The code of a link by which one owns the place, while nobody does. */
    code: v.optional(code),
  }),
  v.object({ type: v.literal("signIn"), username, password }),
  v.object({ type: v.literal("signOut"), session: code }),
  /** One of one's own. */
  v.object({ type: v.literal("endSession"), session: code }),
  v.object({ type: v.literal("endOtherSessions") }),
  v.object({ type: v.literal("changePassword"), old: password, password }),
  v.object({ type: v.literal("makePasswordLink"), username }),
  v.object({ type: v.literal("makeOwnerLink"), anew: v.boolean() }),
  v.object({ type: v.literal("expel"), username, newInvite: v.optional(v.boolean()) }),
  v.object({
    type: v.literal("setPassword"),
    token: v.pipe(v.string(NO_LINK), v.maxLength(MAX_TYPED, NO_LINK), v.transform(plainText)),
    password,
  }),
  v.object({
    type: v.literal("changeSettings"),
    name: v.optional(placeName),
    registration: v.optional(registration),
    newInvite: v.optional(v.boolean()),
  }),
  v.object({ type: v.literal("import"), lines: v.pipe(v.array(line), v.maxLength(MAX_LINES)) }),
])

// By its type, not as a union: of a union that nothing fits, one is not told what is wrong.
export const command = v.variant("type", [spoken, administered])

/** What a client calls a command, so that it knows the answer: it goes out again, and so is measured. */
export const ref = v.optional(v.union([v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.maxLength(MAX_REF))]))

export type Registration = v.InferOutput<typeof registration>
export type Spoken = v.InferOutput<typeof spoken>
export type Command = Spoken | v.InferOutput<typeof administered>
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>

/** What came over the socket or the API becomes a command, or a refusal that says what is wrong with it. */
export const parseSpoken = (input: unknown): Spoken => parse(spoken, input)

export type Ref = v.InferOutput<typeof ref>
/** A frame's `ref`, or a refusal, which goes out without it. */
export function parseRef(input: unknown): Ref {
  const result = v.safeParse(ref, input)
  if (result.success) return result.output
  throw new Refusal("invalid", WRONG_REF, "ref")
}

/** The same for forms, the command line and the control socket, which may also administer. */
export const parseCommand = (input: unknown): Command => parse(command, input)

function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue) ?? undefined
  throw new Refusal(
    TOO_LONG.some((words) => issue.message.startsWith(words)) ? "too_large" : "invalid",
    inWords(issue, field),
    field,
  )
}

/** Of what is not there at all, or not of its kind, valibot speaks to programmers. */
function inWords({ message, received }: v.BaseIssue<unknown>, field: string | undefined): string {
  if (field === undefined) return "A command is a JSON object with a type."
  if (field === "type") return "There is no command of that type."
  if (received === "undefined" && wanted[field]) return wanted[field]
  return message.startsWith("Invalid ") ? `The field ${field} is missing, or not what it should be.` : message
}

const wanted: Record<string, string> = {
  room: WHICH_ROOM,
  text: NOTHING_SAID,
  name: NO_ROOM_NAME,
  username: NO_USERNAME,
  password: NO_PASSWORD,
  token: NO_LINK,
}

/** Line ends as "\n", no trailing space, and nothing that a database or a screen cannot hold: half a surrogate pair
 *  and control characters become U+FFFD, so that one sees that something stood there; those beyond ASCII, too, by which some
 *  terminals are told what to do. */
export function plainText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g
  return value
    .toWellFormed()
    .replace(/\r\n?|\u0085/g, "\n")
    .replace(controls, "\ufffd")
    .trimEnd()
}
