// Letters that are drawn as several others side by side, which Unicode's table of confusables leaves out: vowels that its core
// specification says not to spell by their parts, or to spell by no others ("do not use", chapters 12, 13 and 16), parts of
// vowels, and the dot upon an i.
import { isPlain } from "../../protocol/text.ts"

/** What is drawn alike, and what stands for it, as code points. Some of what stands for it is taken apart further. */
const ALIKE = `
  0904=0905 0946  0906=0905 093E  090A=0909 0941  090D=090F 0945  090E=090F 0946  0910=090F 0947  0911=0905 0949
  0912=0905 094A  0913=0905 094B  0914=0905 094C  0972=0905 0945  0973=0905 093A  0974=0905 093B  0975=0905 094F
  0976=0905 0956  0977=0905 0957  0949=093E 0945  094A=093E 0946  094B=093E 0947  094C=093E 0948  093B=093E 093A
  0931 094D=0930 094D  0930 093C 094D=0930 094D

  0986=0985 09BE  09E0=098B 09C3  0994=0993 09D7  09CE=09A4 09CD

  0A06=0A05 0A3E  0A07=0A72 0A3F  0A08=0A72 0A40  0A09=0A73 0A41  0A0A=0A73 0A42  0A0F=0A72 0A47  0A10=0A05 0A48
  0A13=0A73 0A4B  0A14=0A05 0A4C

  0A86=0A85 0ABE  0A8D=0A85 0AC5  0A8F=0A85 0AC7  0A90=0A85 0AC8  0A91=0A85 0AC9  0A93=0A85 0ACB  0A94=0A85 0ACC
  0AC9=0ABE 0AC5  0ACB=0ABE 0AC7  0ACC=0ABE 0AC8

  0B06=0B05 0B3E  0B10=0B0F 0B57  0B14=0B13 0B57
  0B86=0B85 0BC2

  0C13=0C12 0C55  0C14=0C12 0C4C  0C60=0C0B 0C3E  0C61=0C0C 0C3E  0C40=0C3F 0C55  0C47=0C46 0C55  0C4B=0C4A 0C55
  0C8A=0C89 0CBE  0C93=0C92 0CD5  0C94=0C92 0CCC  0CE0=0C8B 0CBE  0CCC=0C4C  0CD5=0C55

  0D08=0D07 0D57  0D0A=0D09 0D57  0D13=0D12 0D3E  0D14=0D12 0D57  0D0E 0D46=0D10
  0D7A=0D23 0D4D  0D7B=0D28 0D4D  0D7C=0D30 0D4D  0D7D=0D32 0D4D  0D7E=0D33 0D4D  0D7F=0D15 0D4D
  0D54=0D2E 0D4D  0D55=0D2F 0D4D  0D56=0D34 0D4D

  0D86=0D85 0DCF  0D87=0D85 0DD0  0D88=0D85 0DD1  0D8C=0D8B 0DDF  0D8D 0DD8=0D8E  0D90=0D8F 0DDF  0D92=0D91 0DCA
  0D93=0D91 0DD9  0D95=0D94 0DCA  0D96=0D94 0DDF  0DD9 0DD9=0DDB

  102A=1029 1031 102C 103A  1029=101E 103C
  17A3=17A2  17A4=17A2 17B6  17BE=17C1 17B8  17C4=17C1 17B6
  0E41=0E40 0E40  0EC1=0EC0 0EC0
  1824=1823  1826=1825
  308A=30EA`

const textOf = (codes: string): string =>
  String.fromCodePoint(...codes.split(" ").map((code) => Number.parseInt(code, 16)))
/** Made when the first name is looked at that may have one. */
let likeOf: Map<string, string> | undefined
let alike: RegExp | undefined
/** Times that parts are taken apart at most: two do. */
const MOST_TIMES = 4

/** What the lines above begin with. */
const MAY_BE = /[\u0900-\u18af\u308a]/
/** A dot above is drawn in the place of the one that the letter has. */
const DOTTED = /(?<=[\p{SD}\u0131\u0237]\p{M}{0,8})\u0307/gu

/** In the parts that it is drawn of. Twice is no more than once. */
export function takenApart(text: string): string {
  if (isPlain(text)) return text
  const dotless = text.replace(DOTTED, "")
  if (!MAY_BE.test(dotless)) return dotless
  likeOf ??= new Map(
    ALIKE.trim()
      .split(/\s\s+/)
      .map((line) => line.split("=").map(textOf) as [string, string]),
  )
  alike ??= new RegExp([...likeOf.keys()].join("|"), "gu")
  const known = likeOf
  let apart = dotless
  for (let time = 0; time < MOST_TIMES; time++) {
    const further = apart.replace(alike, (one) => known.get(one)!)
    if (further === apart) break
    apart = further
  }
  return apart
}
