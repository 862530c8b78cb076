// When there is no page to show: what happened, what is safe, what to do.
import type { JSX } from "preact"
import { Mark } from "./icons.tsx"
import { type Assets, Page } from "./page.tsx"
import type { Place } from "./snapshot.ts"

export type ProblemProps = {
  assets: Assets
  place?: Place
  status: number
  /** What happened, in a few words. */
  title: string
  /** What is safe, and what to do. */
  message: string
  /** The one next step. */
  back?: { href: string; label: string }
  /** By which the one who runs the place finds it in the log. */
  request?: string
}

export const ProblemPage = ({ assets, place, status, title, message, back, request }: ProblemProps): JSX.Element => (
  <Page kind="plain" title={place ? `${title} - ${place.name}` : title} assets={assets}>
    <main class="door problem">
      <Mark />
      <h1>{title}</h1>
      <p class="lead">{message}</p>
      {back && (
        <p>
          <a class="button primary" href={back.href}>
            {back.label}
          </a>
        </p>
      )}
      <p class="aside">
        {status}
        {request && ` · ${request}`}
      </p>
    </main>
  </Page>
)

/** The words for the pages that are not about anything in particular. */
export const problems = {
  notFound: {
    status: 404,
    title: "There is nothing here",
    message: "The address may have a slip in it, or what it named is gone, or it is not open to you.",
    back: { href: "/chat/", label: "Go to your rooms" },
  },
  broke: {
    status: 500,
    title: "Something broke",
    message: "It is our fault, not yours, and it is written down. What was said before is safe. Go back and try again.",
    back: { href: "/", label: "Start again" },
  },
  away: {
    status: 503,
    title: "Not just now",
    message: "Parlour cannot reach its database just now. Try again in a moment.",
    back: { href: "", label: "Try again" }, // here
  },
  notByThatName: { title: "Not by that name" },
  signedOut: {
    status: 401,
    title: "You are signed out",
    message: "Your session has ended. Sign in, and you are back where you were.",
    back: { href: "/login", label: "Sign in" },
  },
} satisfies Record<string, Partial<Omit<ProblemProps, "assets">>>
