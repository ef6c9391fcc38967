import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../world/neo4j/connection.ts'
import { neo4jAuth } from '../support/servers.ts'

test('rows become values one by one; what that throws, the read throws, and the connection goes on', async () => {
  const connection = connect({ ...neo4jAuth(), maxConnectionPoolSize: 1 })
  onTestFinished(() => connection.close())
  const numbers = 'UNWIND range(1, $last) AS n RETURN n'
  const each = ({ n }: Record<string, unknown>) => Number(n) * 2

  expect(await connection.read(numbers, { last: 3n }, { each })).toEqual([2, 4, 6])
  const failing = () => {
    throw new Error('not this row')
  }
  await expect(connection.read(numbers, { last: 3_000n }, { each: failing })).rejects.toThrow('not this row')
  expect(await connection.read(numbers, { last: 1n }, { each })).toEqual([2])
})
