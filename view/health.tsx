// Whether the place works, for whoever runs it: what is looked at, a line each, and in words what is not as it should be.
import type { JSX } from "preact"
import type { Health } from "../server/health.ts"
import { Mark } from "./icons.tsx"
import { type Assets, Page } from "./page.tsx"
import { Sign } from "./signs.tsx"

export type HealthProps = { health: Health; assets: Assets }

const titles: Record<Health["status"], string> = {
  fine: "All is well",
  degraded: "All is well, but slower",
  failing: "Something is wrong",
  stopping: "About to stop",
}

const databases: Record<Health["database"], string> = {
  fine: "keeps what is said",
  unreadable: "does not answer",
  unwritable: "cannot be written",
}

export const HealthPage = ({ health, assets }: HealthProps): JSX.Element => (
  <Page kind="plain" title={`${titles[health.status]} - Parlour`} assets={assets}>
    <main class="door health">
      <Mark />
      <h1>{titles[health.status]}</h1>
      {health.reasons.map((reason) => (
        <p key={reason} class="lead">
          {reason}
        </p>
      ))}
      <ul>
        <Line name="Database" isFine={health.database === "fine"} state={databases[health.database]} />
        <Line
          name="Events"
          isFine={health.events === "fine"}
          state={health.events === "fine" ? "are told as they happen" : "are late"}
        />
        {health.bus !== "none" && (
          <Line
            name="Redis"
            isFine={health.bus === "alive"}
            state={health.bus === "alive" ? "is heard" : "is not heard"}
          />
        )}
      </ul>
      <p>
        <a class="button" href="/health">
          <Sign name="retry" />
          Look again
        </a>
      </p>
      <p class="aside">Process {health.process}</p>
    </main>
  </Page>
)

const Line = ({ name, isFine, state }: { name: string; isFine: boolean; state: string }): JSX.Element => (
  <li class={isFine ? "fine" : "amiss"}>
    <Sign name={isFine ? "check" : "warning"} />
    <span>
      <strong>{name}</strong> {state}
    </span>
  </li>
)
