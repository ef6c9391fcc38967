/**
 * A fleet whose outbox has its index before the tests begin: after each index that is made, Neo4j plans each query again,
 * which takes it up to two seconds.
 */
export const indexedFleet = 'with_an_index'
