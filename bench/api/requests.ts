/** The requests of the benchmark. */
export interface Requests {
  /** The request with this number. Of ten, seven are reads, two changes (one with a key), and one the overview. */
  mixed(n: number): Promise<Response>
  /** Warms the whole world once more, and waits for it. */
  warm(): Promise<void>
}

const pollMs = 250

export function requestsTo(url: string, { worldId, characters, token }: Target): Requests {
  const at = `${url}/api/v1/worlds/${worldId}`
  const run = `${process.pid}-${Date.now()}`
  const send = (to: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(to, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  let sent = 0
  const id = () => `c${1 + ((sent * 7_919) % characters)}`
  const changes = () => ({ changes: [{ kind: 'event-added', entityIds: [id()] }] })
  const some = Array.from({ length: 20 }, (_, i) => `c${1 + i}`)
  const mix: (() => Promise<Response>)[] = [
    () => send(`${at}/timelines/${id()}`),
    () => send(`${at}/entities/character/${id()}`),
    () => send(`${at}/flags`),
    () => send(`${at}/timelines/${id()}?limit=5`),
    () => send(`${at}/timelines/read`, { entityIds: some }),
    () => send(`${at}/entities/character/${id()}`),
    () => send(`${at}/snapshot`),
    () => send(`${at}/changes`, changes()),
    () => send(`${at}/changes`, changes(), { 'idempotency-key': `${run}-${sent}` }),
    () => send(`${url}/api/v1/overview`),
  ]

  return {
    mixed(n) {
      sent += 1
      return (mix[n % mix.length] as () => Promise<Response>)()
    },
    async warm() {
      const job = (await (await send(`${at}/warm`, { force: true })).json()) as { queue: string; id: string }
      let state = ''
      while (state !== 'completed') {
        if (state === 'failed') throw new Error('warming failed')
        await new Promise(resolve => setTimeout(resolve, pollMs))
        state = (
          (await (await send(`${url}/api/v1/jobs/${job.queue}/${job.id}`)).json()) as typeof job & {
            state: string
          }
        ).state
      }
    },
  }
}

interface Target {
  worldId: string
  /** The characters are `c1` to `c<this number>`. */
  characters: number
  token: string
}
