// Builds that are broken on purpose, each in a way in which one of its users once could end or silence a place. The fuzzer is
// worth what it finds: each of these must be found.
import { in_, one, type Sabotage } from "../faults/sabotage-of.ts"

const socket = in_("server/http/socket.ts")
const command = in_("protocol/command.ts")
const json = in_("protocol/json.ts")
const lastResort = in_("server/last-resort.ts")

const ANY_DEPTH = json("  mustBeFlat(text, most)\n", "  if (most < 0) mustBeFlat(text, most)\n")
const ANY_REF = socket("ref = parseRef(input.ref)", "ref = input.ref as never")
const UNCAUGHT = socket("    work()?.catch(fail)\n", "    void work()\n")

export const brokenBounds: Sabotage[] = [
  one("a ref goes out as it came, and what fails is caught by nothing", "fuzz", ANY_DEPTH, ANY_REF, UNCAUGHT),
  one(
    "a ref goes out as it came, and there is no last resort",
    "fuzz",
    ANY_DEPTH,
    ANY_REF,
    UNCAUGHT,
    lastResort('  process.on("unhandledRejection", met(UNCAUGHT.promise))\n', ""),
  ),
  one(
    "a room's name is folded before it is measured",
    "fuzz",
    command("v.maxLength(MAX_TYPED, LONG_ROOM_NAME)", 'v.transform((name) => name.slice(0, 12_000).normalize("NFKC"))'),
  ),
  one(
    "what is under way is not given back when a frame is refused",
    "fuzz",
    socket(
      "await counted(data, () => perform(app, data.caller, parseSpoken(input)))",
      "await (data.underway++, perform(app, data.caller, parseSpoken(input)).finally(() => data.underway--))",
    ),
  ),
]
