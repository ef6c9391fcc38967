// A process of a fleet that announces itself, until it is killed.
import { createFleetMembers } from '../../queues/fleet-members.ts'

const place = JSON.parse(process.argv[2] ?? '') as { address: string; prefix: string }

createFleetMembers({
  ...place,
  everyMs: 200,
  me: { name: 'worker', fingerprint: { topK: '50' }, version: '1.2.3' },
  onOthers: () => process.send?.('announced'),
})
setInterval(() => {}, 60_000) // what announces itself does not keep a process
