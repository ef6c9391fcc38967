/**
 * Which names look private. A name is a run of words (`player_email`, `emailAddress`, `Home-Phone2`), and a private
 * term is matched word by word, so that `token` finds `access_tokens` but leaves `tokenize` alone.
 */

/** What no cache should hold unless an operator says so. Spaces separate words; `apikey` is matched like `api key`. */
export const defaultPrivateNames: readonly string[] = [
  'email, mail address, phone, telephone, mobile number, fax, address, postcode, zip code',
  'password, passwd, pwd, passphrase, passcode, pin code, client secret, shared secret, token, cookie, jwt',
  'credential, api key, private key, access key, session id, session key, otp',
  'diagnosis, diagnoses, medical record, ssn, social security, passport number, tax id',
  'iban, credit card, debit card, card number, cvv, cvc, bank account, account number',
  'real name, legal name, maiden name, birth date, date of birth, birthday, dob',
  'user id, user name, account id, account name, player id, player name',
].flatMap(line => line.split(', '))

/** A word's boundary: anything that is no letter, mark or digit, a change to upper case, the end of an acronym (`APIKey`, but not `IDs`), a number. */
const boundary =
  /[^\p{L}\p{M}\p{N}]+|(?<=[\p{Ll}\p{Lo}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})(?!\p{Lu}s(?!\p{Ll}))|(?<=\p{N})(?=\p{L})|(?<=\p{L})(?=\p{N})/u

const singular = (word: string): string =>
  word.endsWith('sses')
    ? word.slice(0, -2)
    : /[^s]s$/.test(word) && word.length > 2
      ? word.slice(0, -1)
      : word

/** The words of a name, in lower case and without a plural's `s`: `userIDs` is `['user', 'id']`. */
function wordsOf(name: string): string[] {
  const words = name.normalize('NFKC').split(boundary)
  return words.filter(word => word !== '').map(word => singular(word.toLowerCase()))
}

/** The words of a name, run together: by these names are compared. Empty where it holds no letter and no digit. */
export const joinedWords = (name: string): string => wordsOf(name).join('')

/**
 * A judge of names. Words are compared run together, so that `eMail`, `e_mail` and `email` are one term.
 *
 * @param terms as in `defaultPrivateNames`; each must hold a letter or a digit.
 */
export function privateNameJudge(terms: readonly string[]): (name: string) => boolean {
  const run = new Set(terms.map(joinedWords))
  const longest = Math.max(0, ...[...run].map(term => term.length))

  return name => {
    const words = wordsOf(name)
    for (let first = 0; first < words.length; first++) {
      let joined = ''
      for (let last = first; last < words.length && joined.length <= longest; last++) {
        joined += words[last]
        if (run.has(joined)) return true
      }
    }
    return false
  }
}
