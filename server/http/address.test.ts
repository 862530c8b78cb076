import { expect, test } from "bun:test"
import { comesFrom, trustedBy } from "./address.ts"

const nobody = trustedBy([])
const nearby = trustedBy(["127.0.0.0/8", "::1", "10.0.0.2", "172.17.0.0/16", "fd00:1::/64"])

test("without a proxy nobody is believed who says whence they come", () => {
  for (const peer of ["203.0.113.9", "127.0.0.1", "192.168.1.7"])
    expect(comesFrom(peer, "198.51.100.1", nobody)).toBe(peer)
})

test("behind a proxy of ours it is the last address that the proxies saw themselves", () => {
  expect(comesFrom("127.0.0.1", "198.51.100.1", nearby)).toBe("198.51.100.1")
  expect(comesFrom("::1", "198.51.100.1", nearby)).toBe("198.51.100.1")
  expect(comesFrom("::ffff:10.0.0.2", "198.51.100.1, 172.17.0.1", nearby)).toBe("198.51.100.1")
  expect(comesFrom("127.0.0.1", "198.51.100.1:5123", nearby)).toBe("198.51.100.1")
  expect(comesFrom("127.0.0.1", undefined, nearby)).toBe("127.0.0.1")
  expect(comesFrom("127.0.0.1", "192.168.1.7", nearby)).toBe("192.168.1.7")
})

test("what a client wrote into the header before the proxy did changes nothing", () => {
  for (const made of ["1.1.1.1", "127.0.0.1", "10.0.0.1, 127.0.0.1", "unknown", "", "'; drop"])
    expect(comesFrom("127.0.0.1", `${made}, 198.51.100.1`, nearby)).toBe("198.51.100.1")
  expect(comesFrom("203.0.113.9", "1.1.1.1", nearby)).toBe("203.0.113.9") // who comes past the proxy
  expect(comesFrom("127.0.0.1", "198.51.100.1, unknown", nearby)).toBe("127.0.0.1")
})

test("of IPv6 it is the network, which is one household's", () => {
  expect(comesFrom("2001:db8:1:2:3:4:5:6", undefined, nobody)).toBe("2001:db8:1:2::/64")
  expect(comesFrom("::1", "2001:db8::9", nearby)).toBe("2001:db8:0:0::/64")
  expect(comesFrom("::1", "[2001:db8:0:0:1::]:443", nearby)).toBe("2001:db8:0:0::/64")
  expect(comesFrom("unknown", "1.1.1.1", nearby)).toBe("unknown")
})

test("only who is named is believed, of whatever family, in whatever spelling", () => {
  const said = "198.51.100.1"
  for (const peer of [
    "10.0.0.2",
    "::ffff:10.0.0.2",
    "::FFFF:a00:2",
    "172.17.255.1",
    "fd00:1::7",
    "FD00:1:0:0::7",
    "::1",
    "127.9.9.9",
  ])
    expect([peer, comesFrom(peer, said, nearby)]).toEqual([peer, said])
  for (const peer of [
    "10.0.0.3",
    "172.18.0.1",
    "192.168.1.7",
    "100.64.0.1",
    "fd00:2::7",
    "fe80::1",
    "203.0.113.9",
    "unknown",
  ])
    expect([peer, comesFrom(peer, said, nearby)]).not.toEqual([peer, said])
})

test("what proxies hand on is read from the right, through those that are trusted and no further", () => {
  expect(comesFrom("127.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2", nearby)).toBe("203.0.113.7")
  expect(comesFrom("127.0.0.1", "1.1.1.1, 192.168.1.7, 10.0.0.2", nearby)).toBe("192.168.1.7")
  expect(comesFrom("127.0.0.1", "1.1.1.1, [2001:db8::1]:9, fd00:1::9", nearby)).toBe("2001:db8:0:0::/64")
  expect(comesFrom("127.0.0.1", '"203.0.113.7"', nearby)).toBe("203.0.113.7")
  expect(comesFrom("127.0.0.1", "1.1.1.1,,", nearby)).toBe("127.0.0.1")
  expect(comesFrom("127.0.0.1", "10.0.0.2, 127.0.0.1", nearby)).toBe("10.0.0.2")
})

test("of a household's own addresses, too, there is no end, so that they are one", () => {
  expect(comesFrom("fe80::1%eth0", undefined, nobody)).toBe(comesFrom("fe80::2", undefined, nobody))
  expect(comesFrom("fd00::1", undefined, nobody)).toBe("fd00:0:0:0::/64")
  expect(comesFrom("::1", undefined, nobody)).toBe("::1")
  expect(comesFrom("64:ff9b::192.0.2.1", undefined, nobody)).toBe("64:ff9b:0:0::/64")
})
