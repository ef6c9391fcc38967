/** What may hold a `$` that is no parameter's: texts, quoted names and comments. Then a parameter. */
const pattern = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|\/\/[^\n]*|\/\*.*?\*\/|\$(\w+)/gs

/** Our queries are few, and so are a game's own. */
const rewritten = new Map<string, string>()

/**
 * The same query with all its parameters in one map. Neo4j keeps a plan for each order of magnitude of the length of a
 * parameter's texts and lists, and plans the query again for the next, which takes it a second or two where the query
 * is as long as that of timelines. It does not look into maps.
 */
export function withOnePlan(cypher: string, parameters: object): [string, { given: object }] {
  let text = rewritten.get(cypher)
  if (text === undefined) {
    text = cypher.replace(pattern, (found, name?: string) => (name === undefined ? found : `$given.${name}`))
    rewritten.set(cypher, text)
  }
  return [text, { given: parameters }]
}
