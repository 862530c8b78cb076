// A process of a place, with its people's comings and goings in shorter spans than Parlour's own: it says its address, and
// runs until it is stopped.
import { createApp } from "../server/app.ts"
import { readConfig } from "../server/config.ts"
import { serve } from "../server/http/serve.ts"
import { catchTheRest } from "../server/last-resort.ts"

catchTheRest(() => process.exit(1)) // whoever waits for it finds it gone
const app = await createApp(readConfig(process.env), undefined, JSON.parse(process.env.SPANS!))
const serving = await serve(app)
process.on("SIGTERM", async () => {
  await serving.stop()
  await app.close()
  process.exit(0)
})
console.log(serving.url)
