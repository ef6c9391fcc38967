import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { parseJsonText } from '../../model/json.ts'

const native = vi.spyOn(JSON, 'parse')
afterEach(() => void native.mockClear())
afterAll(() => native.mockRestore())

test.each([
  '0120-03-01T12:00:00',
  '0120-03-01T12:00:00.000Z',
  '0120-03-01T12:00:00.120Z',
  '0120-03-01T12:00:00.000+01:00',
  '0120-03-01T12:00:00-05:00',
])('an event at %s is parsed by the native parser', timestamp => {
  const event = { event_id: 'e1', timestamp, emotional_impact: -0.25, significance_level: 10, tags: [] }
  expect(parseJsonText(JSON.stringify(event))).toEqual(event)
  expect(native).toHaveBeenCalledOnce()
})

test.each(['1.0', '[1.0]', '[1.0,2]', '{"a":10.50}', '{"a": 1.0 }', '{"a": 1.0\n}', '[0.0 ,1]'])(
  '%s is parsed digit by digit',
  text => {
    parseJsonText(text)
    expect(native).not.toHaveBeenCalled()
  },
)
