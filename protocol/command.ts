// Commands: what a client may ask for. Every transport delivers these and nothing else, and everything that
// comes from outside is parsed here, once; inside it is believed.
import * as v from "valibot"
import { lengthOf, MAX_NONCE, MAX_PASSWORD, MAX_TEXT, MAX_USERNAME } from "./limits.ts"
import { Refusal } from "./refusal.ts"

const NOTHING_SAID = "Write something first: a message needs words."
const WHICH_ROOM = "Say which room: its name or its id."
const NO_ROOM_NAME = "A room needs a name."
const NO_USERNAME = "Give a username."
const NO_PASSWORD = "Give a password."

const text = v.pipe(
  v.string("A message is text."),
  v.transform(plainText),
  v.check((value) => value.trim() !== "", NOTHING_SAID),
  v.check(
    (value) => lengthOf(value) <= MAX_TEXT,
    `A message has at most ${MAX_TEXT.toLocaleString("en")} characters. Shorten it, or send it in parts.`,
  ),
)

/** A room is named by its id, or by its name in any spelling that leads to the same address. */
const room = v.union(
  [
    v.pipe(v.number(), v.safeInteger(WHICH_ROOM), v.minValue(1, WHICH_ROOM)),
    v.pipe(v.string(), v.maxLength(400, WHICH_ROOM)),
  ],
  WHICH_ROOM,
)

const nonce = v.pipe(
  v.string("A nonce is text."),
  v.regex(/^[\x21-\x7e]+$/, "A nonce is made of visible ASCII characters."),
  v.maxLength(MAX_NONCE, `A nonce has at most ${MAX_NONCE} characters.`),
)

/** Longer than any that is, in any spelling: what is compared is folded first, which takes its time. */
const username = v.pipe(
  v.string(NO_USERNAME),
  v.maxLength(400, `A username has at most ${MAX_USERNAME} characters. Choose a shorter one.`),
  v.transform(plainText),
)
const password = v.pipe(
  v.string(NO_PASSWORD),
  v.maxLength(MAX_PASSWORD, `A password has at most ${MAX_PASSWORD} characters.`),
)
const registration = v.picklist(["open", "invite", "closed"], "Registration is open, invite or closed.")
const line = v.object({ room: v.string(), author: v.string(), at: v.number(), text: v.string(), nonce })

/** What anyone signed in may send over the socket or the API. */
const spoken = v.variant("type", [
  v.object({ type: v.literal("post"), room, text, nonce: v.optional(nonce) }),
  v.object({ type: v.literal("open"), name: v.string(NO_ROOM_NAME) }),
  v.object({ type: v.literal("join"), room }),
  v.object({ type: v.literal("leave"), room }),
  v.object({ type: v.literal("typing"), room }),
])

/** What only a form or the command line sends. */
const administered = v.variant("type", [
  v.object({
    type: v.literal("register"),
    username,
    password,
    /** On an empty place only: what it is called and who may join. */
    place: v.optional(v.string()),
    registration: v.optional(registration),
    /** The code of an invite link, where one is needed. */
    invite: v.optional(v.string()),
  }),
  v.object({ type: v.literal("signIn"), username, password }),
  v.object({ type: v.literal("signOut"), session: v.string() }),
  v.object({ type: v.literal("makePasswordLink"), username }),
  v.object({ type: v.literal("expel"), username }),
  v.object({ type: v.literal("setPassword"), token: v.string("The link is incomplete."), password }),
  v.object({
    type: v.literal("changeSettings"),
    name: v.optional(v.string()),
    registration: v.optional(registration),
    newInvite: v.optional(v.boolean()),
  }),
  v.object({ type: v.literal("import"), lines: v.array(line) }),
])

// By its type, not as a union: of a union that nothing fits, one is not told what is wrong.
const command = v.variant("type", [spoken, administered])

export type Registration = v.InferOutput<typeof registration>
export type Spoken = v.InferOutput<typeof spoken>
export type Command = Spoken | v.InferOutput<typeof administered>
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>

/** What came over the socket or the API becomes a command, or a refusal that says what is wrong with it. */
export const parseSpoken = (input: unknown): Spoken => parse(spoken, input)

/** The same for forms, the command line and the control socket, which may also administer. */
export const parseCommand = (input: unknown): Command => parse(command, input)

function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, input, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue) ?? undefined
  const tooLong = issue.type === "check" && issue.message.includes("at most")
  throw new Refusal(tooLong ? "too_large" : "invalid", inWords(issue, field), field)
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
  token: "The link is incomplete.",
}

/** Line ends as "\n", no trailing space, and nothing that a database or a screen cannot hold: half a surrogate pair
 *  and control characters become U+FFFD, so that one sees that something stood there. */
export function plainText(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
  return value.toWellFormed().replace(/\r\n?/g, "\n").replace(controls, "\ufffd").trimEnd()
}
