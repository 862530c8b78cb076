// A dialog over the page: a title, what it is about, and buttons of which any closes it, as Escape does.

type Asked = { title: string; about: HTMLElement; buttons: HTMLButtonElement[] }

/** Answers the value of the button that closed it; "" for Escape. */
export function openDialog({ title, about, buttons }: Asked): Promise<string> {
  const [dialog, heading, form] = make("dialog", "h2", "form")
  heading.id = "dialog-title"
  heading.textContent = title
  dialog.setAttribute("aria-labelledby", heading.id)
  form.method = "dialog"
  form.append(...buttons)
  dialog.append(heading, about, form)
  document.body.append(dialog)
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve(dialog.returnValue)
    })
  })
}

export function buttonTo(word: string, kind = ""): HTMLButtonElement {
  const [button] = make("button")
  button.textContent = button.value = word
  button.className = kind
  return button
}

type Made<Names extends (keyof HTMLElementTagNameMap)[]> = { [At in keyof Names]: HTMLElementTagNameMap[Names[At]] }

export const make = <Names extends (keyof HTMLElementTagNameMap)[]>(...names: Names): Made<Names> =>
  names.map((name) => document.createElement(name)) as Made<Names>
