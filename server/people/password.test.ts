import { describe, expect, test } from "bun:test"
import { Refusal } from "../../protocol/refusal.ts"
import { random } from "../../test/world.ts"
import { rankOf } from "./common-passwords.ts"
import { mustBeStrong } from "./password.ts"

const NAMES = ["Bartholomew", "Lantern Street"]

/** The sentence by which it is refused, or null. */
function refusalOf(password: string, names = NAMES): string | null {
  try {
    mustBeStrong(password, names)
    return null
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "invalid" || error.field !== "password") throw error
    return error.message
  }
}
const taken = (passwords: string[], names = NAMES) => passwords.filter((one) => refusalOf(one, names) === null)
const words = (text: string) => text.trim().split(/\s+/)

describe("what guessers try first is refused:", () => {
  test.each([
    ["short ones", "a1!xK9 aaaa 1234567"],
    [
      "common ones",
      `aaaaaaaa abababab password12345 qwerty12345 iloveyou2 michael1 12345678910 charlie1 football1 welcome12 summer2024
      password01 password trustno1 sunshine1 liverpool princess letmein1 changeme administrator iloveyou`,
    ],
    [
      "repeats",
      `aaaaaaaaaaaa 11111111 abcabcabc abcabcabcabc 123123123123 xyxyxyxyxy hahahaha lalalalala zzzzzzzzzzzzzzzz 1q1q1q1q
      passwordpassword michaelmichael test1test1 qwe123qwe123 !!!!!!!!!! .......... -=-=-=-=-= asdasdasd aabbaabbaabb`,
    ],
    [
      "runs",
      "abcdefgh abcdefghijkl 87654321 zyxwvuts 13579135 24681012 acegikmo 0123456789 9876543210 abcd1234 1234abcd xyz98765",
    ],
    [
      "keys side by side",
      `qwertyui qwertzui azertyui asdfghjk zxcvbnm1 1qaz2wsx !QAZ2wsx zaq12wsx qazwsxedc poiuytrewq lkjhgfdsa mnbvcxz1 qwer1234
      1q2w3e4r5t q1w2e3r4 asdf1234 wertyuio 789456123 147258369 963852741 qweasdzxc 2wsx3edc !@#$%^&* yxcvbnm1`,
    ],
    ["the words of this product", "parlour1 Parlour2024 p4rl0ur! ruolrap1 parlourparlour"],
    [
      "common words with digits and signs",
      `dragon123 monkey99 master2023 shadow!! football2024! Summer2025 Winter24! December1 monday123 hello1234 secret007
      superman1! batman2000 soccer10 ranger1985 jessica123 jennifer99 daniel2001 thomas1234 chocolate1 1password 123password
      99dragon 2024summer !letmein! .welcome. password.1 charlie_1 michael-23`,
    ],
    [
      "letters written as signs",
      `P@ssw0rd p455w0rd pa$$w0rd1 dr4g0n12 m0nk3y99 1l0v3y0u f00tb4ll sh4d0w123 tru5tno1 5unsh1n3 ch4rl13! m1ch43l1 5uperm4n
      w3lc0me1 l3tm31n! qw3rty123 b4seb4ll`,
    ],
    ["words backwards", "drowssap 1drowssap nogard123 yeknom99 leahcim1 emoclew1 llabtoof"],
    [
      "keys side by side of other alphabets, and what is common on the same keys",
      `йцукенгш фывапролд ячсмитьб йцукен123 qwertyйцукен ЙЦУКЕНГШ йцукенгшї ςερτυθιο ασδφγηξκ שדגכעיחל ضصثقفغعه ㅂㅈㄷㄱㅅㅛㅕㅑ ㅁㄴㅇㄹㅎㅗㅓㅏ
      ๆไำพะัีร зфыыцщкв пароль123`,
    ],
    [
      "letters and numbers of other scripts in their order",
      "あいうえおかきく アイウエオカキク おえういあおえういあ ㄱㄴㄷㄹㅁㅂㅅㅇ 가나다라마바사아 一二三四五六七八 九八七六五四三二 ابتثجحخد абвгдеёжз αβγδεζηθ",
    ],
    [
      "common words of other languages",
      "пароль12 Пароль123 привет123 ПРИВЕТ2024 любовь99 contraseña contrasena1 motdepasse1 wachtwoord1 woaini1314 woaini520 haslo1234 salasana1 parola2023",
    ],
    ["with capitals", "PASSWORD PassWord Password1 MICHAEL1 FootBall1 QwErTyUi IloveYou2"],
    [
      "days and years",
      "31121999 19991231 12311999 01011980 1999-12-31 31.12.1999 12/31/1999 20202020 19851985 michael1985 anna2001",
    ],
  ])("%s", (_, list) => expect(taken(words(list))).toEqual([]))

  test("one's own name and that of the place, with what little is put to them", () => {
    const of = (name: string) => {
      const [small, backwards] = [name.toLowerCase(), Array.from(name.toLowerCase()).reverse().join("")]
      const close = small.replaceAll(" ", "")
      return [
        small,
        name,
        name.toUpperCase(),
        `${small}1`,
        `${small}123`,
        `${name}2024`,
        `${name}2024!`,
        `1985${close}`,
        `!!${small}!!`,
        `${close}${close}`,
        `${small}.${small}`,
        close.replaceAll("a", "4").replaceAll("e", "3"),
        `${close.replaceAll("t", "7")}99`,
        backwards.replaceAll(" ", ""),
        `${small}qwerty`,
        `${small}password`,
        `love${close}`,
      ]
    }
    const all = [...of("Bartholomew"), ...of("Lantern Street"), "lantern2024", "bartholomew@lantern", "Lantern1!"]
    expect(taken(all)).toEqual([])
    expect(taken(["vasilopoulou77"], ["ann", "Parlour"])).toEqual(["vasilopoulou77"])
    expect(taken(["vasilopoulou77"], ["Vasilopoulou", "Parlour"])).toEqual([])
    expect(refusalOf("bartholomew123")).toMatch(/little more than your name/)
    expect(refusalOf("password123")).toMatch(/among the first that anyone would guess/)
    expect(
      taken(
        ["\u0411\u043e\u0440\u0438\u0441\u043e\u0432\u043d\u0430123", "zo\u00eb-van-dijk1", "zoevandijk!"],
        ["\u0411\u043e\u0440\u0438\u0441\u043e\u0432\u043d\u0430", "Zo\u00eb van Dijk"],
      ),
    ).toEqual([])
  })

  test("whatever stands on the list, alone, with a digit or with a year", () => {
    const listed = [
      "football",
      "dragon",
      "jordan",
      "sparky",
      "spiderman",
      "computer",
      "nicholas",
      "midnight",
      "victoria",
    ]
    for (const word of listed) expect(rankOf(word)).toBeGreaterThan(0)
    const all = listed.flatMap((word) => [word, `${word}1`, `${word}77`, `${word}2019`, `${word}!`, `1${word}`])
    expect(taken(all.filter((one) => one.length >= 8))).toEqual([])
  })
})

// What people choose who mean well.

const COMMON_WORDS =
  words(`apple river window yellow garden morning paper bottle winter ocean pencil forest candle silver
  mountain basket feather thunder pocket blanket harbour lemon castle violin button rocket saddle copper velvet island`)

test("two hundred good ones are taken, those of chance and those of words", () => {
  const dice = random(7)
  const one = <Of>(list: ArrayLike<Of>): Of => list[Math.floor(dice() * list.length)]!
  const some = (count: number, of: ArrayLike<string>, between = "") =>
    Array.from({ length: count }, () => one(of)).join(between)
  const [small, digits] = ["abcdefghijkmnpqrstuvwxyz", "23456789"]
  const signs = "!#$%&*+-.:;=?@_"
  const good = [
    ...Array.from({ length: 30 }, () => some(10, small + digits)),
    ...Array.from({ length: 30 }, () => some(12, small + small.toUpperCase() + digits)),
    ...Array.from({ length: 30 }, () => some(16, small + small.toUpperCase() + digits + signs)),
    ...Array.from({ length: 20 }, () => some(20, digits)),
    ...Array.from({ length: 30 }, () => some(3, COMMON_WORDS, " ")),
    ...Array.from({ length: 30 }, () => some(4, COMMON_WORDS, "-")),
    ...Array.from({ length: 30 }, () => some(4, COMMON_WORDS)),
  ]
  const said = [
    "correct horse battery",
    "four words make it",
    "another good one",
    "the cat sat on the mat",
    "Bartholomew lives at Lantern Street no more",
    "my aunt keeps seven geese",
    "Der Hund schl\u00e4ft im Garten",
    "le chat dort sur la chaise",
    "\u043a\u043e\u0442 \u0441\u043f\u0438\u0442 \u043d\u0430 \u043e\u043a\u043d\u0435",
    "\u732b\u304c\u7a93\u3067\u5bdd\u3066\u3044\u308b\u5348\u5f8c\u306e\u5e97",
    "\u{1F9C0}\u{1F697}\u{1F332}\u{1F3BB}\u{1F9E6}\u{1F98A}\u{1F511}\u{1F30B}",
  ]
  expect(taken([...good, ...said]).length).toBe(good.length + said.length)
  expect(good.length).toBe(200)
})

test("of eight characters by chance hardly any is refused", () => {
  const dice = random(11)
  const letters = "abcdefghijklmnopqrstuvwxyz"
  const some = () => Array.from({ length: 8 }, () => letters[Math.floor(dice() * 26)]).join("")
  const tried = Array.from({ length: 500 }, some)
  expect(taken(tried).length).toBeGreaterThan(490)
})

test("however long and however odd, it is looked at in no time", () => {
  mustBeStrong("correct horse battery", NAMES) // reads the list
  const spent = () => process.cpuUsage().user + process.cpuUsage().system
  for (const unit of [
    "a",
    "ab1!",
    "1qaz",
    "password ",
    "1a2b3c4d5e6f7g8h",
    "\u{1F600}",
    "e\u0301",
    "qwertyuiopasdfghjklzxcvbnm",
    "aab",
  ]) {
    const long = unit.repeat(1_000).slice(0, 1_000)
    refusalOf(long, [long, long])
    const before = spent()
    for (let i = 0; i < 5; i++) refusalOf(long, [long, long])
    expect((spent() - before) / 5 / 1_000).toBeLessThan(50)
  }
})
