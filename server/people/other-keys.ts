// What people type who do not write in Latin letters. Guessers know it: a password that is common where the keys are Russian is the
// common Latin one, or a word of theirs; and every script has an order of its own, which is no order of numbers in a table.
import { unadorned } from "../../protocol/text.ts"

/** The keys of this row of a Latin keyboard, and what is on them elsewhere, key by key. */
const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
const ELSEWHERE = [
  "йцукенгшщзхъфывапролджэячсмитьбю", // Russian
  "йцукенгшщзхїфівапролджєячсмитьбю", // Ukrainian
  "йцукенгшўзх'фывапролджэячсмітьбю", // Belarusian
  "явертъуиопшщасдфгхйкл;'зьцжбнм,.", // Bulgarian, by sound
  ";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,.", // Greek
  "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ", // Hebrew
  "ضصثقفغعهخحجدشسيبلاتنمكطئءؤر.ىةوز", // Arabic
  "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو.", // Persian
  "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ[]ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'ㅋㅌㅊㅍㅠㅜㅡ,.", // Korean
  "ๆไำพะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใ", // Thai
]

/** Made with the first password that is not in Latin letters. */
let keys: Map<string, string> | undefined

function readKeys(): Map<string, string> {
  const keys = new Map<string, string>()
  for (const row of ELSEWHERE)
    for (const [at, sign] of [...row].entries())
      for (const spelled of [sign, unadorned(sign)]) // as it is typed, and as passwords are spelled
        if (!/[\x20-\x7e]/.test(sign) && !keys.has(spelled)) keys.set(spelled, LATIN[at] ?? sign)
  return keys
}

/** What is on the same key of a Latin keyboard; of what is Latin, itself. */
export function onLatinKey(typed: string): string {
  keys ??= readKeys()
  return keys.get(typed.toLowerCase()) ?? typed
}

/** As children learn them. Letters that follow one another by their numbers are known without. */
const ORDERS = [
  "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
  "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
  "いろはにほへとちりぬるをわかよたれそつねならむ",
  "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
  "ㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ",
  "가나다라마바사아자차카타파하",
  "一二三四五六七八九十",
  "零一二三四五六七八九",
  "甲乙丙丁戊己庚辛壬癸",
  "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
  "ابجدهوزحطيكلمنسعفصقرشت",
  "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
  "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
  "กขคงจฉชซ",
]

/** Each two that follow one another in one of them, forwards or backwards. */
let steps: Set<string> | undefined

function readSteps(): Set<string> {
  const orders = ORDERS.map((order) => Array.from(order, (one) => unadorned(one)))
  return new Set(
    orders.flatMap((order) => order.slice(1).flatMap((sign, at) => [`${order[at]} ${sign}`, `${sign} ${order[at]}`])),
  )
}

/** Whether each follows the one before in an order that everybody knows. Of what is as `orderly` makes it. */
export function isInOrder(signs: string[]): boolean {
  steps ??= readSteps()
  const known = steps
  return signs.every((sign, at) => at === 0 || (sign !== signs[at - 2] && known.has(`${signs[at - 1]} ${sign}`)))
}

/** As the orders have them. */
export const orderly = (typed: string): string => unadorned(typed.toLowerCase())

/** What a password is called in other languages, and what is said to it that is sweet. The list of common ones has few of them. */
const WORDS = `contrasena senha motdepasse passwort kennwort parola haslo heslo wachtwoord salasana losenord passord kodeord adgangskode sifre
  parole jelszo geslo lozinka sifra zaporka slaptazodis matkhau mima woaini woaini1314 iloveu teamo tequiero tiamo jetaime ichliebedich
  hallo bonjour ciao privet ahoj hola namaste salam merhaba
  пароль привет любовь солнышко люблю россия москва україна наташа сергей андрей дмитрий александр
  סיסמה אהבה שלום كلمةالسر حبيبي السلام κωδικος パスワード 密码 密碼 我爱你 사랑해 비밀번호`
let words: Set<string> | undefined

/** Guesses that one of them takes. */
const OF_THESE = 1_000

export function rankElsewhere(plain: string): number | undefined {
  words ??= new Set(WORDS.split(/\s+/).map((word) => unadorned(word).replace(/\p{M}/gu, "").toLowerCase()))
  return words.has(plain) ? OF_THESE : undefined
}
