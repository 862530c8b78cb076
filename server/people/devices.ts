// Browsers that have signed in here before. Each keeps a cookie that says to which accounts, signed by us; it lets nobody in,
// and outlives the session. A browser that is known by it has tries of its own at a password, and a place of its own in the
// queue: so whoever guesses from elsewhere, however often, locks no owner of an account out. (OWASP, "Slow Down Online Guessing
// Attacks with Device Cookies".)
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { Db } from "../db/sql.ts"

/** Accounts that one browser is known for: a family's computer. Those that signed in last. */
const MOST_ACCOUNTS = 5
/** Which browser it is, its accounts, the signature: all in base64url, of 16, 12 each and 43 characters. */
const COOKIE = /^([\w-]{16})\.((?:[\w-]{12})*)\.([\w-]{43})$/

export class Devices {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** Which browser it is, if its cookie is ours and names the account; else null. */
  known(cookie: string | undefined, account: string): string | null {
    const device = this.#read(cookie)
    return device?.accounts.includes(this.#markOf(account)) ? device.id : null
  }

  /** The account that it signed in to last, by a mark; null of one that is not ours. */
  accountIn(cookie: string | undefined): string | null {
    return cookie === undefined ? null : (this.#read(cookie)?.accounts[0] ?? null)
  }

  /** The cookie for a browser that has just signed in to that account. */
  cookieFor(cookie: string | undefined, account: string): string {
    const device = this.#read(cookie) ?? { id: randomBytes(12).toString("base64url"), accounts: [] }
    const mark = this.#markOf(account)
    const accounts = [mark, ...device.accounts.filter((one) => one !== mark)].slice(0, MOST_ACCOUNTS)
    const said = `${device.id}.${accounts.join("")}`
    return `${said}.${this.#sign(`device ${said}`)}`
  }

  #read(cookie: string | undefined): { id: string; accounts: string[] } | null {
    const [, id, accounts, signature] = cookie?.match(COOKIE) ?? []
    if (id === undefined || accounts === undefined || signature === undefined) return null
    const ours = Buffer.from(this.#sign(`device ${id}.${accounts}`))
    if (!timingSafeEqual(ours, Buffer.from(signature))) return null
    return { id, accounts: accounts.match(/.{12}/g) ?? [] }
  }

  /** Nobody reads from a cookie whose account it is. */
  #markOf(account: string): string {
    return this.#sign(`account ${account}`).slice(0, 12)
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("base64url")
  }
}

/** With the secret of the place, made when it is first asked for; by whichever process comes first. */
export async function openDevices({ sql, aside }: Db): Promise<Devices> {
  const find = () => sql<{ value: string }>`select value from secrets where name = 'devices'`
  const [found] = await find()
  if (found) return new Devices(found.value)
  const made = randomBytes(32).toString("base64url")
  await aside((sql) => sql`insert into secrets (name, value) values ('devices', ${made}) on conflict do nothing`)
  const [standing] = await find()
  return new Devices(standing!.value)
}
