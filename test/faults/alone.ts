// The lock that tabs of one browser share. One that dies leaves its turn to the next.
export type Alone = (call: () => Promise<void>, died: Promise<void>) => Promise<void>

export function aloneInLine(): Alone {
  let last: Promise<void> = Promise.resolve()
  return (call, died) => {
    const mine = last.then(() => Promise.race([call(), died]))
    last = mine.catch(() => {})
    return mine
  }
}
