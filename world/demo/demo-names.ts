import type { Random } from './random.ts'

const words = (text: string): readonly string[] => text.split(' ')

const given = words('Ada Bram Corin Dalla Edric Fenna Garrow Hild Isolde Joren Katla')
const families = words('Ashdown Birchwater Crowhurst Dunmere Elderby Fallowfield Greycairn')
const trades = words('smith ferryman healer cartographer brewer shepherd scribe guard')
const soils = words('Amber Broken Cold Drowned Elder Far Golden Hollow Iron Lantern')
const sites = words('Ford Gate Harbour Inn Mill Orchard Quarry Tower Well Crossing')
const makes = words('silver bone walnut iron glass wicker slate copper')
const things = words('flute ledger lamp blade compass chest loom bell mask key')

/** Names, and what else an entity of each type is said to be. */
export const describe = {
  character: (random: Random) => ({
    name: `${random.pick(given)} ${random.pick(families)}`,
    props: { occupation: random.pick(trades), age: 16 + random.below(60), mood: random.below(201) / 100 - 1 },
  }),
  location: (random: Random) => ({
    name: `${random.pick(soils)} ${random.pick(sites)}`,
    props: { population: random.below(900), coordinates: [random.below(500), random.below(500)] },
  }),
  object: (random: Random) => ({
    name: `the ${random.pick(makes)} ${random.pick(things)}`,
    props: { weight_kg: 0.1 + random.below(80) / 10, condition: random.below(100) / 100 },
  }),
}
