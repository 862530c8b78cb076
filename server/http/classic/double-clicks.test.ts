import { expect, test } from "bun:test"
import { DoubleClicks } from "./double-clicks.ts"

const [ANN, BOB] = [1, 2]
const [TALK, GARDEN] = [3, 4]

function clicking() {
  const clock = { now: 1_000_000 }
  return { clock, clicks: new DoubleClicks(() => clock.now) }
}

test("the same words within two seconds have one nonce, wherever the seconds fall", () => {
  const { clock, clicks } = clicking()
  for (let start = 0; start < 4_000; start += 500) {
    clock.now += 10_000 + start
    const first = clicks.nonceOf(ANN, TALK, "ok")
    clock.now += 1_999
    expect(clicks.nonceOf(ANN, TALK, "ok")).toBe(first)
  }
})

test("two seconds after the first time the same words are said anew, even if they came each second", () => {
  const { clock, clicks } = clicking()
  const nonces = []
  for (let second = 0; second < 6; second++) {
    nonces.push(clicks.nonceOf(ANN, TALK, "ha"))
    clock.now += 1_000
  }
  expect(new Set(nonces).size).toBe(3)
})

test("others, other rooms and other words are not a double click", () => {
  const { clicks } = clicking()
  const nonces = [
    clicks.nonceOf(ANN, TALK, "ok"),
    clicks.nonceOf(BOB, TALK, "ok"),
    clicks.nonceOf(ANN, GARDEN, "ok"),
    clicks.nonceOf(ANN, TALK, "ok!"),
  ]
  expect(new Set(nonces).size).toBe(4)
})
