import { expect, test } from "bun:test"
import { type Run, runOf } from "./message.tsx"

const MINUTE = 60_000
const ANN = { id: 1, name: "Ann" }
const BOB = { id: 2, name: "Bob" }

/** Which of these messages show their author. */
function heads(messages: [author: typeof ANN, minute: number][]): number[] {
  let run: Run | undefined
  return messages.flatMap(([author, minute], index) => {
    run = runOf({ author, at: minute * MINUTE }, run)
    return run.count === 1 ? index : []
  })
}

test("a run ends with its author, by another name, and by a pause, also one back in time", () => {
  expect(
    heads([
      [ANN, 0],
      [ANN, 1],
      [BOB, 1],
      [ANN, 2],
    ]),
  ).toEqual([0, 2, 3])
  expect(
    heads([
      [ANN, 0],
      [{ ...ANN, name: "Anna" }, 0],
    ]),
  ).toEqual([0, 1])
  expect(
    heads([
      [ANN, 0],
      [ANN, 5],
      [ANN, 11],
      [ANN, 2],
    ]),
  ).toEqual([0, 2, 3])
})

test("the author is shown again after ten messages, and after ten minutes", () => {
  expect(heads(Array.from({ length: 25 }, () => [ANN, 0]))).toEqual([0, 10, 20])
  expect(heads(Array.from({ length: 8 }, (_, index) => [ANN, index * 4]))).toEqual([0, 3, 6])
})
