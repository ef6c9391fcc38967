import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExactNumber, parseJsonText } from '../../model/json.ts'
import type { Flags } from '../../model/world-data.ts'
import { openPages } from '../support/http.ts'
import { jsonTexts } from '../support/json-texts.ts'
import { fresh, plantWorld } from '../support/setup.ts'

async function opened() {
  const pages = await openPages()
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const at = `${pages.api}/worlds/${worldId}`
  const get = async (path: string) => (await fetch(at + path)).text()
  const post = (path: string, body: string) =>
    fetch(at + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  return { ...pages, worldId, get, post }
}

test('numbers are accepted and answered with their digits', async () => {
  const { worldId, world, hearth, get, post } = await opened()
  const metadata = '{"guild":1234567890123456789,"share":1.0}'
  const event = `{"event_id":"big","timestamp":"2030-01-01T00:00:00","participants":["c0"],"emotional_impact":0.50,
    "significance_level":5.0,"consequences":[12345678901234567890],"metadata":${metadata}}`
  const answer = await post('/events', `{"events":[${event}]}`)
  expect([answer.status, await answer.json()]).toMatchObject([202, { accepted: 1 }])
  for (const text of [
    await get('/timelines/c0?limit=1'),
    await get('/timelines/c0?limit=1&at=true'),
    await (await post('/timelines/read', '{"entityIds":["c0"]}')).text(),
  ]) {
    expect(text).toContain(`"metadata":${metadata}`)
    expect(text).toContain('"consequences":[12345678901234567890]')
  }
  expect((await hearth.timeline(worldId, 'c0', { limit: 1 }))[0]).toMatchObject({
    emotional_impact: 0.5,
    significance_level: 5,
    metadata: { guild: 1234567890123456800, share: 1 },
  })

  await world.setFlags(worldId, parseJsonText('{"seed":9007199254740993}') as Flags)
  await hearth.invalidate(worldId, 'all')
  for (let times = 0; times < 2; times++)
    expect(await get('/flags')).toBe('{"weather":"calm","seed":9007199254740993}')
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm', seed: 2 ** 53 })
})

test('an Idempotency-Key distinguishes requests that differ in a digit which JavaScript does not have', async () => {
  const { api, worldId } = await opened()
  const send = (guild: string) =>
    fetch(`${api}/worlds/${worldId}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      body: `{"events":[{"event_id":"e","timestamp":"2030-01-01","metadata":{"guild":${guild}}}]}`,
    })
  expect((await send('9007199254740992')).status).toBe(202)
  expect((await send('9007199254740993')).status).toBe(422)
})

test('any JSON in the metadata of an event comes back as it was sent, digit by digit', async () => {
  const { get, post } = await opened()
  const sent = fc
    .sample(jsonTexts, { numRuns: 300, seed: 15 })
    .filter(text => !text.includes('__proto__') && !hasInfinity(parseJsonText(text)))
  const events = sent.map(
    (text, i) =>
      `{"event_id":"e${i}","timestamp":"${minute(i)}","participants":["c1"],"consequences":${text},"metadata":{"it":${text}}}`,
  )
  for (let i = 0; i < events.length; i += 25) {
    const answer = await post('/events', `{"events":[${events.slice(i, i + 25).join(',')}]}`)
    expect(answer.status, await answer.text()).toBe(202)
    const timeline = await get('/timelines/c1?limit=50')
    for (const text of sent.slice(i, i + 25)) {
      expect(timeline).toContain(`"metadata":{"it":${text}}`)
      expect(timeline).toContain(`"consequences":${text},`)
    }
  }
})

const minute = (i: number): string => new Date(Date.UTC(2030, 0, 1, 0, i)).toISOString()

/** JavaScript's JSON cannot hold it, so it is refused. */
function hasInfinity(value: unknown): boolean {
  if (value instanceof ExactNumber) return !Number.isFinite(Number(value))
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInfinity)
}
