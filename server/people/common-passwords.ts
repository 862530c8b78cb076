// What guessers try first: the passwords of eight characters and more that stand at the head of every published list.
export const COMMON = new Set(
  `12345678 123456789 1234567890 0123456789 987654321 9876543210 11111111 111111111 1111111111 00000000 000000000 0000000000
  22222222 55555555 66666666 77777777 88888888 99999999 12341234 12121212 11223344 1122334455 123123123 112233445566 123321123
  147258369 159753456 789456123 123654789 12344321 87654321 password password1 password12 password123 passw0rd p@ssw0rd p@ssword
  pa55word pa$$word passwort password! password1! mypassword yourpassword changeme changeit letmein1 letmein123 welcome1 welcome123
  qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwertz123 1qaz2wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 qazwsxedc zaq12wsx !qaz2wsx
  asdfghjk asdfghjkl asdf1234 zxcvbnm1 zxcvbnm123 abcd1234 abcdefgh abcdefg1 a1b2c3d4 abc12345 abc123456 aa123456 a1234567 a12345678
  iloveyou iloveyou1 sunshine princess football baseball basketball superman superman1 batman123 trustno1 starwars jennifer
  michelle jonathan computer internet whatever nicholas victoria chocolate butterfly december november september liverpool
  chelsea1 manchester samantha elizabeth alexander spiderman pokemon1 pokemon123 minecraft administrator admin123 admin1234
  adminadmin root1234 rootroot test1234 testtest default1 guest1234 access14 master123 dragon123 monkey123 shadow123 secret123
  hunter123 killer123 freedom1 hello123 hello1234 helloworld correcthorsebatterystaple parlour1 parlour123`
    .split(/\s+/)
    .filter(Boolean),
)
