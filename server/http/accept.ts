// What a client takes, from a header that lists it with weights: "text/html, text/plain;q=0.5, br;q=0".

/** Whether it names this, and not with a weight of nothing. */
export const takes = (header: string | undefined, name: string): boolean =>
  (header ?? "").split(",").some((one) => {
    const [named, ...parameters] = one.split(";").map((part) => part.trim().toLowerCase())
    return named === name && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
