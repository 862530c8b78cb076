// Who came into a room and left it, for who reads what was said there.
import type { RoomSnapshot } from "../../view/snapshot.ts"
import type { Sql } from "../db/sql.ts"
import { comingsSince } from "./rows.ts"

/** People of a room beyond whom nobody cares who comes and goes, and whose moves it would cost too much to look through. */
const CROWD = 500
/** Of those who came and went so many are told of, the last. */
const MOST = 50

/** Since the first of these messages; nothing where that is a matter of too many. */
export async function comingsAmong(
  sql: Sql,
  room: number,
  { messages, older, members }: Pick<RoomSnapshot, "messages" | "older" | "members">,
): Promise<Pick<RoomSnapshot, "comings">> {
  const since = older ? messages[0]?.id : 0
  return members > CROWD || since === undefined ? {} : { comings: await comingsSince(sql, room, since, MOST) }
}
