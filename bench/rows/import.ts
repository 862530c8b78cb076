// Loading what was said elsewhere, by the program's own command, from its start to its end.
import { importLines } from "../places.ts"
import { type Row, short } from "../row.ts"
import { withFolder } from "../server.ts"

const LINES = 100_000

export const importing: Row = {
  name: "import",
  what: `import of ${LINES.toLocaleString("en")} lines`,
  reach: "",
  measure: () =>
    withFolder(async (folder) => {
      const seconds = await importLines(folder, LINES)
      return { measured: `${short(LINES / seconds)} messages/s`, met: null, numbers: { seconds } }
    }),
}
