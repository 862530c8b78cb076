// Breaks the build by name as it is loaded, in the test's own process only: `bun --preload` this, PARLOUR_SABOTAGE=NAME, or
// two with " + ".
import { join } from "node:path"
import { plugin } from "bun"
import { brokenBounds } from "../fuzz/sabotages.ts"
import { brokenClusters, clusterControls } from "./cluster/sabotages.ts"
import { controls, shortLog } from "./controls.ts"
import { sabotages } from "./sabotages.ts"

const ROOT = join(import.meta.dirname, "../..")
const name = process.env.PARLOUR_SABOTAGE ?? ""
const all = name.split(" + ").flatMap((part) => {
  const one = [...sabotages, ...controls, shortLog, ...brokenClusters, ...clusterControls, ...brokenBounds].find(
    (sabotage) => sabotage.name === part,
  )
  if (!one) throw new Error(`There is no sabotage called ${part}`)
  return one.changes
})

plugin({
  name: "sabotage",
  setup(build) {
    build.onLoad({ filter: /\/(server|client|protocol)\/.*\.tsx?$/ }, async ({ path }) => {
      const text = await Bun.file(path).text()
      const changes = all.filter(({ file }) => join(ROOT, file) === path)
      return { contents: changes.reduce(broken, text), loader: path.endsWith("x") ? "tsx" : "ts" }
    })
  },
})

function broken(text: string, { file, from, to }: { file: string; from: string; to: string }): string {
  if (text.split(from).length !== 2)
    throw new Error(`Sabotage "${name}" no longer fits ${file}: it is to have "${from}" exactly once. Break it anew.`)
  return text.replace(from, () => to)
}
