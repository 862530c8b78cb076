// Who looks at a room, and is told who is here and who types. The clock is the test's.
import { expect, test } from "bun:test"
import type { Fleeting, Here, Member } from "../../protocol/event.ts"
import { Refusal } from "../../protocol/refusal.ts"
import type { Feed } from "../live/feed.ts"
import type { Topic } from "../live/hub.ts"
import { Onlookers } from "./onlookers.ts"

const [ANN, BOB, EVE] = [1, 2, 3]
const names = ["", "ann", "bob", "eve"]
const [TALK, LUNCH] = [10, 11]

class Ear implements Feed {
  readonly person: number
  readonly name: string
  readonly session = "s"
  readonly watching: number | null
  readonly told: Fleeting[] = []
  /** Something waits to be taken. */
  busy = false
  mayHear = true

  constructor(person: number, watching: number | null) {
    this.person = person
    this.name = names[person]!
    this.watching = watching
  }
  hint(one: Fleeting, json: string): boolean {
    if (this.busy) return false
    expect(JSON.parse(json)).toEqual(one)
    this.told.push(one)
    return true
  }
  isIn(topic: Topic): boolean {
    return this.mayHear && topic === `room ${this.watching}`
  }
  hear(): void {}
  enter(): void {}
  leave(): void {}
  end(): void {}

  /** The names last told of, and how often that was. */
  get here(): [string[], number] {
    const all = this.told.filter((one): one is Here => one.kind === "here")
    return [all.at(-1)?.people?.map(({ name }) => name) ?? [], all.length]
  }
}

/** Ann and Bob are in "talk"; so many of the people are here. */
function place(...people: number[]) {
  let now = 0
  let reading = Promise.resolve()
  const here = new Map(people.map((id) => [id, names[id] ?? `person ${id}`]))
  const members = new Map([
    [TALK, [ANN, BOB]],
    [LUNCH, [EVE]],
  ])
  const onlookers = new Onlookers(
    { here },
    async (room) => {
      const read = new Set(members.get(room)!)
      await reading
      return read
    },
    () => now,
  )
  const look = async (person: number, room: number | null) => {
    const ear = new Ear(person, room)
    onlookers.enter(ear)
    await Bun.sleep(0)
    return ear
  }
  return {
    here,
    onlookers,
    look,
    members,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      reading = promise
      return resolve
    },
    change(id: number, isHere: boolean) {
      if (isHere) here.set(id, names[id] ?? `person ${id}`)
      else here.delete(id)
      onlookers.tick(new Set([id]))
    },
  }
}

const member = (person: number, present: boolean, room = TALK): Member => ({
  kind: "member",
  tick: 1,
  room,
  person: { id: person, name: names[person]! },
  present,
})
const typing = (person: number, room = TALK) =>
  ({ kind: "typing", room, person: { id: person, name: names[person]! }, after: 0 }) as const

test("whoever looks at a room is told who of its people is here, and again only when that changes", async () => {
  const { look, change, onlookers } = place(ANN, EVE)
  const ann = await look(ANN, TALK)
  expect(ann.here).toEqual([["ann"], 1])
  change(BOB, true)
  expect(ann.here).toEqual([["ann", "bob"], 2])
  change(EVE, false) // who is not in the room
  onlookers.tick(new Set())
  expect(ann.here).toEqual([["ann", "bob"], 2])
  change(ANN, false)
  expect(ann.here).toEqual([["bob"], 3])
})

test("joining and leaving count as well", async () => {
  const { look, onlookers } = place(ANN, EVE)
  const ann = await look(ANN, TALK)
  onlookers.moved(member(EVE, true))
  onlookers.tick(new Set())
  expect(ann.here).toEqual([["ann", "eve"], 2])
  onlookers.moved(member(EVE, false))
  onlookers.tick(new Set())
  expect(ann.here).toEqual([["ann"], 3])
  onlookers.moved(member(EVE, true, LUNCH))
  onlookers.tick(new Set())
  expect(ann.here).toEqual([["ann"], 3])
})

test("who joins or leaves while the room is read is not missed", async () => {
  const { look, onlookers, hold } = place(ANN, BOB, EVE)
  const go = hold()
  const ann = await look(ANN, TALK)
  onlookers.moved(member(EVE, true))
  onlookers.moved(member(BOB, false))
  expect(ann.here).toEqual([[], 0])
  go()
  await Bun.sleep(0)
  onlookers.tick(new Set())
  expect(ann.here[0]).toEqual(["ann", "eve"])
})

test("who has anything else waiting is passed over, and told later what is so by then", async () => {
  const { look, change, onlookers } = place(ANN)
  const [slow, quick] = [await look(ANN, TALK), await look(BOB, TALK)]
  slow.busy = true
  change(BOB, true)
  change(ANN, false)
  onlookers.typing(typing(EVE))
  expect([slow.told.length, quick.told.length]).toEqual([1, 4])
  onlookers.tick(new Set())
  slow.busy = false
  onlookers.tick(new Set())
  expect(slow.here).toEqual([["bob"], 2])
  onlookers.tick(new Set())
  expect([slow.told.length, quick.told.length]).toEqual([2, 4])
})

test("nobody is told anything of a room that they do not look at, or may not hear, or have left", async () => {
  const { look, change, onlookers } = place(ANN, EVE)
  const [inside, elsewhere, nowhere] = [await look(ANN, TALK), await look(EVE, LUNCH), await look(BOB, null)]
  const [barred, gone] = [await look(EVE, TALK), await look(EVE, TALK)]
  barred.mayHear = false
  onlookers.leave(gone)
  for (const ear of [inside, elsewhere, barred, gone]) ear.told.length = 0
  change(BOB, true)
  onlookers.typing(typing(BOB))
  expect(inside.told).toEqual([expect.objectContaining({ kind: "here", count: 2 }), typing(BOB)])
  expect([elsewhere, nowhere, barred, gone].map(({ told }) => told.length)).toEqual([0, 0, 0, 0])
  barred.mayHear = true
  onlookers.typing(typing(BOB))
  expect(barred.told).toEqual([typing(BOB)])
})

test("one is not told of one's own typing, and of a crowd that types only so many are told of", async () => {
  const { look, onlookers, pass } = place(ANN, BOB)
  const [ann, bob] = [await look(ANN, TALK), await look(BOB, TALK)]
  onlookers.typing(typing(ANN))
  expect([ann, bob].map(({ told }) => told.filter(({ kind }) => kind === "typing").length)).toEqual([0, 1])
  for (let i = 0; i < 100; i++) onlookers.typing(typing(EVE))
  expect(bob.told.length).toBe(1 + 5)
  pass(1_000)
  onlookers.typing(typing(EVE))
  expect(bob.told.length).toBe(1 + 6)
})

test("of many who are here the first fifty are named, and all are counted", async () => {
  const crowd = Array.from({ length: 5_000 }, (_, i) => i + 1)
  const { look, change, members, onlookers } = place(...crowd)
  members.set(TALK, crowd)
  const ann = await look(ANN, TALK)
  const told = ann.told[0] as Here
  expect([told.count, told.people.length, told.people[49]!.id]).toEqual([5_000, 50, 50])
  expect(JSON.stringify(told).length).toBeLessThan(50 * 70)
  const bob = await look(BOB, TALK)
  bob.busy = true
  change(5_000, false)
  expect(ann.told[1]).toEqual({ kind: "here", room: TALK, count: 4_999 }) // the names are the same
  bob.busy = false
  change(4_999, false)
  expect(ann.told[2]).toEqual({ kind: "here", room: TALK, count: 4_998 })
  expect(bob.told.at(-1)).toEqual({ ...told, count: 4_998 }) // who was passed over is told the whole
  change(7, false)
  expect((ann.told[3] as Here).people.length).toBe(50)
  expect((ann.told[3] as Here).people.some(({ id }) => id === 7)).toBe(false)
  // All of them gone and there again between two ticks is one thing to tell, or none.
  onlookers.tick(new Set(crowd))
  expect(ann.told.length).toBe(4)
})

test("a room that cannot be read just now is read later; one at which nobody looks any more is forgotten", async () => {
  const { here, members } = place(ANN)
  let [fails, reads, now] = [true, 0, 0]
  const onlookers = new Onlookers(
    { here },
    async (room) => {
      reads++
      if (fails) throw new Refusal("try_again", "no database")
      return new Set(members.get(room)!)
    },
    () => now,
  )
  const ann = new Ear(ANN, TALK)
  onlookers.enter(ann)
  await Bun.sleep(0)
  await expect(onlookers.hereIn(TALK)).rejects.toThrow("no database")
  fails = false
  onlookers.tick(new Set())
  await Bun.sleep(0)
  onlookers.tick(new Set())
  expect(ann.here).toEqual([["ann"], 1])
  const before = reads
  onlookers.leave(ann)
  onlookers.tick(new Set())
  await onlookers.hereIn(TALK)
  expect(reads).toBe(before)
  now = 61_000
  onlookers.tick(new Set())
  await onlookers.hereIn(TALK)
  expect(reads).toBe(before + 1)
})
