import { expect, test } from "bun:test"
import { comesFrom } from "./address.ts"

test("without a proxy nobody is believed who says whence they come", () => {
  for (const peer of ["203.0.113.9", "127.0.0.1", "192.168.1.7"])
    expect(comesFrom(peer, "198.51.100.1", false)).toBe(peer)
})

test("behind a proxy of ours it is the last address that the proxies saw themselves", () => {
  expect(comesFrom("127.0.0.1", "198.51.100.1", true)).toBe("198.51.100.1")
  expect(comesFrom("::1", "198.51.100.1", true)).toBe("198.51.100.1")
  expect(comesFrom("::ffff:10.0.0.2", "198.51.100.1, 172.17.0.1", true)).toBe("198.51.100.1")
  expect(comesFrom("127.0.0.1", "198.51.100.1:5123", true)).toBe("198.51.100.1")
  expect(comesFrom("127.0.0.1", undefined, true)).toBe("127.0.0.1")
  expect(comesFrom("127.0.0.1", "192.168.1.7", true)).toBe("192.168.1.7")
})

test("what a client wrote into the header before the proxy did changes nothing", () => {
  for (const made of ["1.1.1.1", "127.0.0.1", "10.0.0.1, 127.0.0.1", "unknown", "", "'; drop"])
    expect(comesFrom("127.0.0.1", `${made}, 198.51.100.1`, true)).toBe("198.51.100.1")
  expect(comesFrom("203.0.113.9", "1.1.1.1", true)).toBe("203.0.113.9") // who comes past the proxy
  expect(comesFrom("127.0.0.1", "198.51.100.1, unknown", true)).toBe("127.0.0.1")
})

test("of IPv6 it is the network, which is one household's", () => {
  expect(comesFrom("2001:db8:1:2:3:4:5:6", undefined, false)).toBe("2001:db8:1:2::/64")
  expect(comesFrom("::1", "2001:db8::9", true)).toBe("2001:db8:0:0::/64")
  expect(comesFrom("::1", "[2001:db8:0:0:1::]:443", true)).toBe("2001:db8:0:0::/64")
  expect(comesFrom("unknown", "1.1.1.1", true)).toBe("unknown")
})
