import fc from 'fast-check'

/** Numbers as JSON may write them, of every length and form. */
export const numberTexts: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => JSON.stringify(number)),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.constantFrom(
    '9007199254740993',
    '1234567890123456789',
    '-9223372036854775808',
    '1.0',
    '-0',
    '-0.0',
    '1e400',
  ),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(999), fc.integer({ min: -400, max: 400 }))
    .map(([whole, fraction, power]) => `${whole}.${fraction}0e${power}`),
)

/** JSON texts of any shape, as `JSON.stringify` writes them but for their numbers. */
export const jsonTexts: fc.Arbitrary<string> = fc.letrec<{ json: string }>(tie => {
  const text = fc.string({ unit: 'binary', maxLength: 12 }).map(each => JSON.stringify(each))
  const name = fc.oneof(
    text,
    fc.constantFrom('"__proto__"', '"toJSON"', '"constructor"', '"1.0"', '"digits"'),
  )
  const list = fc.array(tie('json'), { maxLength: 5 }).map(items => `[${items.join(',')}]`)
  const map = fc.uniqueArray(fc.tuple(name, tie('json')), { maxLength: 5, selector: ([key]) => key }).map(
    pairs =>
      `{${pairs
        .filter(([key]) => !isIndex(key))
        .map(pair => pair.join(':'))
        .join(',')}}`,
  )
  return {
    json: fc.oneof(
      { maxDepth: 4 },
      { weight: 4, arbitrary: numberTexts },
      { weight: 2, arbitrary: text },
      { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null') },
      { weight: 3, arbitrary: list },
      { weight: 3, arbitrary: map },
    ),
  }
}).json

/** JavaScript moves such names to the front. */
const isIndex = (name: string): boolean => /^"[0-9]+"$/.test(name)

/** What a program may leave in a property that should hold JSON text, with whether all of it can be read. */
export const unreadableTexts: readonly string[] = [
  '{"quest":"open","morale":NaN}',
  '{"a":Infinity}',
  '{"quest":"open","mor',
  '\uFEFF{"quest":"open"}',
  '["quest"]',
  "{'quest': 'open', 'done': False}",
  '{"a":1,"a":2}',
  '{"a":1}{"b":2}',
  'quest=open',
  '12',
  '"text"',
  '{"a":1,}',
  '{"a":"\u0001"}',
  `{"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
]
