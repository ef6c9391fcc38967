import { expect, test } from 'vitest'
import { withOnePlan } from '../../world/neo4j/one-plan.ts'

test('all parameters of a query come in one map', () => {
  const cypher = 'MATCH (n {id: $id}) WHERE n.at IN $times RETURN n LIMIT $limit'
  const parameters = { id: 'c1', times: [1n, 2n], limit: 3n }
  expect(withOnePlan(cypher, parameters)).toEqual([
    'MATCH (n {id: $given.id}) WHERE n.at IN $given.times RETURN n LIMIT $given.limit',
    { given: parameters },
  ])
})

test.each([
  ["a text in '", "'costs $5, isn\\'t $much'"],
  ['a text in "', '"costs $5, \\"$much\\""'],
  ['a quoted name', 'n.`$price`'],
  ['a comment', '1 /* of $id,\n not of $name */'],
  ['a comment to the end of the line', '1 // $id'],
])('a $ in %s stays', (_, text) => {
  const [cypher] = withOnePlan(`RETURN ${text}\n, $id`, { id: 1n })
  expect(cypher).toBe(`RETURN ${text}\n, $given.id`)
})
