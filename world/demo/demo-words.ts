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

interface TaleNames {
  who: string
  others: string
  /** `undefined` where no location or object takes part. */
  place: string | undefined
  thing: string | undefined
}

/** What a demo event tells; the names fill the gaps of its title. */
interface Kind {
  event_type: string
  title: (names: TaleNames) => string
  sentences: readonly string[]
  tags: string[]
  /** Range of `emotional_impact`. */
  impact: readonly [number, number]
  /** Range of `significance_level`. */
  significance: readonly [number, number]
}

const kinds: readonly Kind[] = [
  {
    event_type: 'travel',
    title: ({ who, place }) => `${who} arrives${place ? ` at ${place}` : ''}`,
    sentences: [
      'after nine days on the salt road, with a lame mule and news of rain',
      'unseen, before the gates close',
    ],
    tags: ['road'],
    impact: [-0.2, 0.4],
    significance: [1, 3],
  },
  {
    event_type: 'trade',
    title: ({ who, others }) => `${who} strikes a bargain with ${others}`,
    sentences: [
      'two casks of cider change hands for a promise',
      'the price is fair, and both sides grumble over it',
    ],
    tags: ['market', 'coin'],
    impact: [-0.1, 0.5],
    significance: [1, 4],
  },
  {
    event_type: 'quarrel',
    title: ({ who, others }) => `${who} and ${others} fall out`,
    sentences: [
      'an old debt is named aloud before everyone',
      'a boundary stone has moved again in the night',
    ],
    tags: ['feud', 'anger'],
    impact: [-0.9, -0.2],
    significance: [3, 7],
  },
  {
    event_type: 'craft',
    title: ({ who, thing }) => `${who} finishes ${thing ?? 'a piece of work'}`,
    sentences: ['the third attempt holds, and the master nods', 'it is signed underneath with a small heron'],
    tags: ['work', 'skill'],
    impact: [0.1, 0.7],
    significance: [2, 5],
  },
  {
    event_type: 'festival',
    title: ({ place, who }) => `Lanterns are lit${place ? ` at ${place}` : ''} for ${who}`,
    sentences: [
      'there is dancing until the oil runs out',
      'the year is sung out, and a goat steals the wreath',
    ],
    tags: ['feast', 'music'],
    impact: [0.4, 1],
    significance: [4, 8],
  },
  {
    event_type: 'discovery',
    title: ({ who, thing }) => `${who} comes upon ${thing ?? 'a hidden stair'}`,
    sentences: [
      'it lay under the ash, where nobody swept',
      'the dust had not been touched for three generations',
    ],
    tags: ['secrets', 'wonder'],
    impact: [0, 0.8],
    significance: [3, 9],
  },
  {
    event_type: 'oath',
    title: ({ who, others }) => `${who} swears an oath to ${others}`,
    sentences: [
      'three witnesses hold the rope',
      'the words are the old ones, and so is the price of breaking them',
    ],
    tags: ['honour'],
    impact: [0.2, 0.9],
    significance: [5, 10],
  },
]

export function taleOf(random: Random, names: TaleNames) {
  const { title, sentences, ...kind } = random.pick(kinds)
  const headline = title(names)
  return { ...kind, title: headline, description: `${headline}: ${random.pick(sentences)}.` }
}
