// The icons of pages beside the conversation, drawn as the others are.
import type { JSX } from "preact"
import { Drawing } from "./icons.tsx"

const paths = {
  warning: "M10 3.5 17.5 16.5h-15L10 3.5ZM10 8.5v3.5M10 14.25h.01",
  check: "m4 10.5 4 4 8-9",
  retry: "M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.5v4h-4",
} as const

export const Sign = ({ name }: { name: keyof typeof paths }): JSX.Element => <Drawing path={paths[name]} />
