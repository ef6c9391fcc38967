import { validate } from 'node-cron'
import { z } from 'zod'
import { isUrl, numberRule, type Range, ranges, wholeRule } from '../model/options.ts'
import { redisProblem, serverRight, whyNoServer } from '../model/redis-address.ts'
import { isNeo4jUrl } from './define.ts'

/** How the text of a setting is parsed, and what would be right, in words that complete "expected …". */

export const whole = (...range: Range) => ({
  schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(range[0]).max(range[1])),
  right: wholeRule(range),
})
export const share = (...range: Range) => ({
  schema: z
    .string()
    .regex(/^\d*\.?\d+$/)
    .transform(Number)
    .pipe(z.number().min(range[0]).max(range[1])),
  right: numberRule(range),
})
export const text = { schema: z.string(), right: 'some text' }
export const oneOf = <const W extends string>(...words: W[]) => ({
  schema: z.enum(words) as unknown as z.ZodType<W, string>,
  right: `one of ${words.join(', ')}`,
})
export const yesOrNo = {
  schema: z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] }),
  right: 'true or false',
}
export const cron = {
  schema: z.string().refine(validate),
  right: 'cron in UTC, five fields or six with the seconds first, like `*/30 * * * * *`',
}
export const ms = (...range: Range) => ({ ...whole(...range), unit: 'ms' })
export const life = ms(...ranges.lifeMs)
export const otlpEndpoint = {
  schema: z.string().refine(given => isUrl(given, /^https?:$/)),
  right: 'a URL like http://collector:4318',
}
export const otlpProtocol = { ...text, right: 'http/protobuf, where tracing is on' }
const weekMs = 7 * 24 * 60 * 60 * 1_000

export const redis = {
  schema: z.string().refine(given => !redisProblem(given)),
  right: serverRight,
  why: whyNoServer,
}
export const neo4j = {
  schema: z.string().refine(isNeo4jUrl),
  right:
    'a URL like neo4j://host:7687 (neo4j or bolt, with +s or +ssc for TLS), ' +
    'user and password in HEARTH_NEO4J_USER and HEARTH_NEO4J_PASSWORD',
}
export const agesMs = {
  unit: 'ms',
  schema: z.string().refine(given => {
    const ages = given.split(',').map(Number)
    const areSound = ages.every(
      (age, i) => Number.isInteger(age) && age > (ages[i - 1] ?? 0) && age <= weekMs,
    )
    return areSound && ages.length <= 10
  }),
  right: 'up to 10 whole numbers, each larger than the one before, separated by commas, like 1000,10000',
}
