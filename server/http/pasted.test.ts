// Whatever is pasted where rooms are found: it leads to a room of this place, or is only looked for.
import { expect, test } from "bun:test"
import { hostname } from "node:os"
import { hostOf } from "./asked.ts"
import { pastedRoom } from "./pasted.ts"

const NEAR = "127.0.0.1:3000"
const PUBLIC = "https://chat.example.org"

test.each([
  ["/chat/talk/", NEAR, null, "talk", ""],
  ["/chat/talk", NEAR, null, "talk", ""],
  ["/chat/talk/6", NEAR, null, "talk", "6"],
  ["/chat/talk/6/", NEAR, null, "talk", "6"],
  ["/chat/talk/?scripts=off#newest", NEAR, null, "talk", ""],
  ["/chat/Lunch plans/", NEAR, null, "Lunch plans", ""],
  ["/chat/caf%C3%A9/", NEAR, null, "café", ""],
  ["/chat/café/", NEAR, null, "café", ""],
  ["http://127.0.0.1:3000/chat/talk/", NEAR, null, "talk", ""],
  ["HTTP://127.0.0.1:3000/chat/talk/6", NEAR, null, "talk", "6"],
  ["http://localhost:3000/chat/talk/", NEAR, null, "talk", ""],
  [`http://${hostname()}:3000/chat/talk/`, NEAR, null, "talk", ""],
  ["https://chat.example.org/chat/talk/6", "chat.example.org", PUBLIC, "talk", "6"],
  ["http://CHAT.example.org/chat/talk/", "chat.example.org", PUBLIC, "talk", ""],
  ["https://chat.example.org:443/chat/talk/", "chat.example.org", PUBLIC, "talk", ""],
  ["/chat/talk/6", "chat.example.org", PUBLIC, "talk", "6"],
  [`/chat/${"%F0%9F%98%80".repeat(80)}/`, NEAR, null, "😀".repeat(80), ""],
])("%s, at %s of %s, leads to %s %s", (typed, host, publicUrl, room, message) => {
  expect(pastedRoom(typed, hostOf(host), publicUrl)).toEqual({ room, message })
})

test.each([
  ["talk", NEAR, null],
  ["chat/talk/", NEAR, null],
  ["#talk", NEAR, null],
  ["/", NEAR, null],
  ["/chat/", NEAR, null],
  ["/chat//", NEAR, null],
  ["/place", NEAR, null],
  ["/me/chat/talk/", NEAR, null],
  ["/chat/talk/about", NEAR, null],
  ["/chat/talk/6/7", NEAR, null],
  [`/chat/talk/${"9".repeat(16)}`, NEAR, null],
  ["/chat/%FF/", NEAR, null],
  ["/chat/%/", NEAR, null],
  ["/chat/../place", NEAR, null],
  ["//elsewhere.example/chat/talk/", NEAR, null],
  ["/\\elsewhere.example/chat/talk/", NEAR, null],
  ["http://elsewhere.example/chat/talk/", NEAR, null],
  ["http://127.0.0.1:3001/chat/talk/", NEAR, null],
  ["http://127.0.0.1/chat/talk/", NEAR, null],
  ["http:///chat/talk/", NEAR, null],
  ["http://", NEAR, null],
  ["javascript:/chat/talk/", NEAR, null],
  ["file:///chat/talk/", NEAR, null],
  ["https://elsewhere.example/chat/talk/", "chat.example.org", PUBLIC],
  ["https://chat.example.org.elsewhere.example/chat/talk/", "chat.example.org", PUBLIC],
  ["https://chat.example.org@elsewhere.example/chat/talk/", "chat.example.org", PUBLIC],
  ["https://chat.example.org:8443/chat/talk/", "chat.example.org", PUBLIC],
  ["http://127.0.0.1:3000/chat/talk/", "chat.example.org", PUBLIC],
  [`http://${"\u0301\u0327".repeat(200)}/chat/talk/`, NEAR, null],
  [`/chat/${"a".repeat(5_000)}/`, NEAR, null],
])("%s, at %s of %s, leads nowhere", (typed, host, publicUrl) => {
  expect(pastedRoom(typed, hostOf(host), publicUrl)).toBeNull()
})
