// Whose a connection is, by the system's table.
import { expect, test } from "bun:test"
import { holderOf } from "./here.ts"

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 6519665 1 00000000e4cef6d6 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:A21C 01 00000000:00000000 00:00000000 00000000  1000        0 6519666 1 00000000e4cef6d6 20 4 30 10 -1
   2: 0100007F:A21C 0100007F:0BB8 01 00000000:00000000 02:00000A3D 00000000    33        0 6519667 2 00000000e4cef6d6 20 4 0 10 -1
   3: 0100007F:A21D 0100007F:0BB9 01 00000000:00000000 00:00000000 00000000  1000        0 6519668 1 00000000e4cef6d6 20 4 0 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:A21E 00000000000000000000000001000000:0BB8 08 00000000:00000000 00:00000000 00000000  1001        0 6519669 1 00000000e4cef6d6 20 4 0 10 -1
`

test("the other end of a connection is found by both its ports, in either table", () => {
  expect(holderOf(TABLE, 0xa21c, 3000)).toBe(33)
  expect(holderOf(TABLE, 0xa21e, 3000)).toBe(1001)
  expect(holderOf(TABLE, 0xa21d, 3001)).toBe(1000)
  for (const port of [0xa21d, 0xa21f, 3000, 0]) expect([port, holderOf(TABLE, port, 3000)]).toEqual([port, null])
  expect(holderOf("", 0xa21c, 3000)).toBeNull()
})
