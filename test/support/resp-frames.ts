/**
 * Cuts what a Redis sends into whole answers and pushes (RESP2 and RESP3), each given to `onFrame` as it came.
 * Texts are bytes as `latin1`.
 */
export function framesOf(onFrame: (frame: string) => void): (data: string) => void {
  let text = ''
  return data => {
    text += data
    for (;;) {
      const end = endOf(text, 0)
      if (end === undefined) return
      onFrame(text.slice(0, end))
      text = text.slice(end)
    }
  }
}

const bulk = '$=!'
const list = '*~>'
const map = '%|'

/** Where what begins at `start` ends; undefined where it is not all there. */
function endOf(text: string, start: number): number | undefined {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const type = text.charAt(start)
  const size = Number(text.slice(start + 1, lineEnd))
  const next = lineEnd + 2
  if (bulk.includes(type)) {
    const end = size < 0 ? next : next + size + 2
    return end <= text.length ? end : undefined
  }
  const parts = list.includes(type) ? size : map.includes(type) ? 2 * size : 0
  let end: number | undefined = next
  for (let i = 0; i < parts && end !== undefined; i++) end = endOf(text, end)
  return end
}
