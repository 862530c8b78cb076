// One request for each route, as anyone could send it over and over: by it the cost of each is tried, in the tests and in the
// benchmarks. A route that is not here fails a test, so that whoever adds one says how it is asked.

/** What the addresses are about: a room by its slug, a message in it, the path of a file of the client's, and a tick since when as
 *  much has happened as is ever looked through for who missed it; and a room in which hundreds of short messages were said, and then
 *  hundreds of the longest there are, with the tick before. */
export type Subject = { room: string; message: number; file: string; far: number; long: string; since: number }

/** As many bytes as a message may have. */
export const LONGEST = "\u{1f600}".repeat(8_000)
/** Messages in the room of long ones. */
export const [SHORT_ONES, LONG_ONES] = [760, 510]

export type One = {
  /** Who could ask it without end: the signed-out by their address, everybody else as a person. */
  who: "person" | "address" | "files" | "health"
  /** Without it, the route's own path. */
  at?: (subject: Subject) => string
  method?: string
  headers?: Record<string, string>
  /** What is sent: as JSON under /api/, elsewhere as a form. A number stands for one that is new each time. */
  fields?: (subject: Subject, number: number) => Record<string, string>
}

const NOBODY = { username: "nobody", password: "wrong horse battery" }
const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
}
const inRoom = (rest: string) => ({ who: "person" as const, at: ({ room }: Subject) => `/chat/${room}${rest}` })
const ofApi = (rest: string) => ({ who: "person" as const, at: ({ room }: Subject) => `/api/v1/rooms/${room}${rest}` })

export const asks: Record<string, One> = {
  "GET /health": { who: "health" },
  "GET /assets/*": { who: "files", at: ({ file }) => file },
  "GET /favicon.ico": { who: "files" },
  "GET /apple-touch-icon.png": { who: "files" },
  "GET /manifest.webmanifest": { who: "files" },
  "GET /metrics": { who: "person" },

  "GET /": { who: "address" },
  "GET /welcome": { who: "address" },
  "GET /login": { who: "address" },
  "POST /login": { who: "address", fields: (_, n) => ({ ...NOBODY, username: `nobody${n}` }) },
  "GET /register": { who: "address" },
  "POST /register": { who: "address", fields: (_, n) => ({ username: `somebody${n}`, password: "short" }) },
  "GET /join/:invite": { who: "address", at: () => "/join/a-guess" },
  "POST /logout": { who: "address" },
  "GET /password/:token": { who: "address", at: () => "/password/a-guess" },
  "POST /password/:token": {
    who: "address",
    at: () => "/password/a-guess",
    fields: () => ({ password: "four words make it" }),
  },

  "GET /place": { who: "person", at: () => "/place?find=1" },
  "POST /place": { who: "person", fields: () => ({ name: "Mine" }) },
  "POST /place/invite": { who: "person" },
  "POST /place/password-link": { who: "person", fields: () => ({ username: "nobody" }) },
  "POST /place/expel": { who: "person", fields: () => ({ username: "nobody" }) },

  "GET /me": { who: "person" },
  "POST /me/password": {
    who: "person",
    fields: () => ({ old: "wrong horse battery", password: "four words make it" }),
  },
  "POST /me/sign-out": { who: "person", fields: () => ({ session: "none" }) },
  "POST /me/sign-out-others": { who: "person" },

  "GET /chat": { who: "person" },
  "GET /chat/": { who: "person" },
  "POST /chat/": { who: "person", fields: () => ({ name: "/" }) },
  "GET /chat/:room": inRoom(""),
  "GET /chat/:room/": inRoom("/"),
  "POST /chat/:room": { ...inRoom(""), fields: (_, n) => ({ message: `hello ${n}` }) },
  "POST /chat/:room/": { ...inRoom("/"), fields: (_, n) => ({ message: `hello ${n}` }) },
  "GET /chat/:room/:message{[0-9]+}": { who: "person", at: ({ room, message }) => `/chat/${room}/${message}` },
  "GET /chat/:room/about": inRoom("/about"),
  "POST /chat/:room/join": inRoom("/join"),
  "POST /chat/:room/leave": inRoom("/leave"),

  "GET /events": { who: "person", at: ({ room, far }) => `/events?after=${far}&wait=0&room=${room}` },

  "GET /api/v1/me": { who: "person" },
  "GET /api/v1/rooms": { who: "person" },
  "POST /api/v1/rooms": { who: "person", fields: (_, n) => ({ name: `room ${n}` }) },
  "PUT /api/v1/rooms/:room/membership": ofApi("/membership"),
  "DELETE /api/v1/rooms/:room/membership": ofApi("/membership"),
  "GET /api/v1/rooms/:room/messages": ofApi("/messages?limit=200"),
  "POST /api/v1/rooms/:room/messages": { ...ofApi("/messages"), fields: (_, n) => ({ text: `hello ${n}` }) },
  "POST /api/v1/rooms/:room/typing": ofApi("/typing"),
  "DELETE /api/v1/rooms/:room/typing": ofApi("/typing"),

  "GET /chat/messages": { who: "person", at: ({ room }) => `/chat/messages?room=${room}` },
  "GET /api/latest-chat/:seconds{[0-9]+}/": { who: "person", at: ({ room }) => `/api/latest-chat/86400/?room=${room}` },
  "GET /api/latest-chat/:seconds{[0-9]+}": { who: "person", at: ({ room }) => `/api/latest-chat/86400?room=${room}` },
  "ALL /post/": { who: "person", method: "POST", fields: () => ({ post_type: "get_chat" }) },
  "ALL /chat/:room/post/": { ...inRoom("/post/"), method: "POST", fields: () => ({ post_type: "get_chat" }) },
  "GET /ws/chat/:room/": { ...inRoom(""), at: ({ room }) => `/ws/chat/${room}/`, headers: handshake },
  "GET /ws/chat/:room": { ...inRoom(""), at: ({ room }) => `/ws/chat/${room}`, headers: handshake },
}

/** The longest way that a route may take, and what no route answers. Of the first, names are looked for that thousands hold, that none
 *  does, and that thousands nearly have. */
export const stray: Record<string, One> = {
  "GET /place, for what many are called": { who: "person", at: () => "/place?find=a" },
  "GET /place, for what nobody is called": { who: "person", at: () => `/place?find=${"-".repeat(80)}` },
  "GET /chat/, for what many rooms are called": { who: "person", at: () => "/chat/?room=c" },
  "GET /chat/, for what no room is called": {
    who: "person",
    at: () => `/chat/?room=crowded-2-4-8-16-32-64-128-256-q-q`,
  },
  "GET /chat/:room/ that is not there": { who: "person", at: () => `/chat/crowded-2-4-8-16-32-64-128-256-512-10/` },
  "POST /chat/ of nearly a room's name": {
    who: "person",
    at: () => "/chat/",
    method: "POST",
    fields: () => ({ name: "crowdet" }),
  },
  "POST /api/v1/rooms/:room/messages of halves of signs": {
    ...ofApi("/messages"),
    method: "POST",
    fields: () => ({ text: "\ud800".repeat(9_000) }),
  },
  "POST /chat/:room/ of what is too long": {
    ...inRoom("/"),
    method: "POST",
    fields: () => ({ message: "ก".repeat(9_000) }),
  },
  "an address of bad signs": { who: "address", at: () => `/chat/${"%ffa".repeat(1_000)}/` },
  "GET /api/latest-chat of long words": { who: "person", at: ({ long }) => `/api/latest-chat/86400/?room=${long}` },
  "POST /chat/:room/post/ of long words": {
    who: "person",
    at: ({ long }) => `/chat/${long}/post/`,
    method: "POST",
    fields: ({ since }) => ({ post_type: "get_chat", last_chat_id: `${since + SHORT_ONES}` }),
  },
  "GET /api/v1/rooms/:room/messages of long words": {
    who: "person",
    at: ({ long }) => `/api/v1/rooms/${long}/messages?limit=200`,
  },
  "GET /chat/:room/ of long words": { who: "person", at: ({ long }) => `/chat/${long}/` },
  "GET /events of long words": {
    who: "person",
    at: ({ long, since }) => `/events?after=${since}&wait=0&room=${long}`,
    headers: { accept: "application/json" },
  },
  "a handshake that has missed long words": {
    who: "person",
    at: ({ long, since }) => `/events?after=${since}&room=${long}`,
    headers: handshake,
  },
  "nothing at all": { who: "address", at: () => "/nothing/at/all" },
  "a handshake": { who: "person", at: () => "/events", headers: handshake },
  "a handshake that has missed much": { who: "person", at: ({ far }) => `/events?after=${far}`, headers: handshake },
}

/** As fetch takes it. */
export function requestOf(name: string, one: One, subject: Subject, number = 0): { path: string; init: RequestInit } {
  const [first, own] = name.split(" ") as [string, string]
  const method = one.method ?? (/^[A-Z]+$/.test(first) ? first : "GET")
  const path = one.at?.(subject) ?? own
  const isJson = path.startsWith("/api/")
  const fields = one.fields?.(subject, number)
  const type = isJson ? { "content-type": "application/json" } : {}
  const isRead = method === "GET"
  const accept = isJson ? "application/json" : "text/html"
  return {
    path,
    init: {
      method,
      redirect: "manual",
      headers: { accept, ...(isRead ? {} : type), ...one.headers },
      ...(!isRead && { body: isJson ? JSON.stringify(fields ?? {}) : new URLSearchParams(fields ?? {}) }),
    },
  }
}
