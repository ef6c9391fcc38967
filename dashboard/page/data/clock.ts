import { signal } from '@preact/signals'

/** The present time, for ages that grow. Milliseconds since 1970. */
export const now = signal(Date.now())

setInterval(() => {
  now.value = Date.now()
}, 1_000)
