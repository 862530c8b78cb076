// The parts of a form: a field with its label above and its help or its error under it, and what went wrong on top.
import type { ComponentChildren, JSX } from "preact"
import { MIN_PASSWORD } from "../protocol/limits.ts"
import type { Problem } from "./snapshot.ts"

export type FieldProps = {
  name: string
  /** Left out where the page's heading is the label. */
  label?: string
  help?: ComponentChildren
  type?: "text" | "password"
  value?: string | undefined
  refused?: Problem | undefined
  autocomplete?: string
  autofocus?: boolean
  optional?: boolean
  /** Something to copy, not to change. */
  readOnly?: boolean
  minLength?: number
  maxLength?: number
}

/** What a new password has to be, in the same words wherever one is chosen. */
export const NEW_PASSWORD_HELP = `At least ${MIN_PASSWORD} characters: a few words, say.`

export const Field = (props: FieldProps): JSX.Element => {
  const { name, label, help, type = "text", value, refused, optional, ...rest } = props
  const error = refused?.field === name ? refused.message : undefined
  const described = [error && `${name}-error`, help && `${name}-help`].filter(Boolean).join(" ")
  // A name or a password is written as it is, whatever a phone's keyboard would make of it.
  const exact = type === "password" || rest.autocomplete === "username"
  return (
    <div class="field">
      {label && (
        <label for={name}>
          {label}
          {optional && <span class="optional"> (optional)</span>}
        </label>
      )}
      <input
        id={name}
        name={name}
        type={type as "text"}
        value={value}
        required={!optional}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        autocapitalize={exact ? "none" : undefined}
        spellcheck={exact ? false : undefined}
        {...rest}
        autofocus={refused?.field ? error !== undefined : rest.autofocus}
        autocomplete={rest.autocomplete ?? "off"}
      />
      {error && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {help && (
        <p class="help" id={`${name}-help`}>
          {help}
        </p>
      )}
    </div>
  )
}

type SearchFieldProps = {
  id: string
  name?: string
  hint: string
  value?: string | undefined
  maxLength: number
  required?: boolean
}

/** A field that finds something: its label is read out, and stands in it while it is empty. */
export const SearchField = ({ id, name = id, hint, ...rest }: SearchFieldProps): JSX.Element => (
  <>
    <label class="unseen" for={id}>
      {hint}
    </label>
    <input id={id} name={name} type="search" placeholder={hint} autocomplete="off" {...rest} />
  </>
)

/** Tells a password manager whose password is set. */
export const WhosePassword = ({ name }: { name: string }): JSX.Element => (
  <input
    class="unseen"
    name="username"
    autocomplete="username"
    value={name}
    readOnly
    tabIndex={-1}
    aria-hidden="true"
  />
)

/** What went wrong, on top of the form. When it is about one of the `fields` it says where to look, and leads there. */
export const Summary = ({
  refused,
  fields = [],
}: {
  refused?: Problem | undefined
  fields?: string[]
}): JSX.Element | null => {
  if (!refused) return null
  const { field, message } = refused
  return (
    <p class="summary" role="alert">
      {field && fields.includes(field) ? <a href={`#${field}`}>{message}</a> : message}
    </p>
  )
}

export type Choice = { value: string; label: string; help: string }

export type ChoicesProps = {
  name: string
  /** Left out where what stands above it is the legend. */
  legend?: string
  choices: Choice[]
  chosen: string
  disabled?: boolean
  help?: string
}

export const Choices = ({ name, legend, choices, chosen, disabled, help }: ChoicesProps): JSX.Element => (
  <fieldset class="choices" disabled={disabled}>
    {legend && <legend>{legend}</legend>}
    {help && <p class="help">{help}</p>}
    {choices.map((choice) => (
      <label key={choice.value}>
        <input type="radio" name={name} value={choice.value} checked={choice.value === chosen} />
        <span>
          {choice.label}
          <small>{choice.help}</small>
        </span>
      </label>
    ))}
  </fieldset>
)

/** Who may join, as the first run and the settings ask it. */
export const whoMayJoin: Choice[] = [
  {
    value: "invite",
    label: "People with the invite link",
    help: "You get a link to pass on. You can replace it at any time.",
  },
  { value: "open", label: "Anyone who finds this address", help: "Whoever opens the page may register." },
  { value: "closed", label: "Nobody new", help: "Only those who are already here." },
]
