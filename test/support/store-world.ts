import ts from 'typescript'
import * as library from '../../index.ts'
import * as kit from '../../world/kit.ts'
import { blocksOf } from './pages.ts'

/** The world of docs/world.md, made by the page's own code. */
export function storeWorldOfPage(): () => library.World {
  const text = blocksOf('docs/world.md', 'ts').find(block => block.text.includes('function storeWorld'))?.text
  if (text === undefined) throw new Error('docs/world.md has no example with a function storeWorld')
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  const body = outputText
    .replace(/^import (\{.*\}) from 'hearth-cache';$/m, 'const $1 = library;')
    .replace(/^import (\{.*\}) from 'hearth-cache\/world';$/m, 'const $1 = kit;')
  if (/^import /m.test(body)) throw new Error('the example imports something that this test does not know')
  return new Function('library', 'kit', `${body}\nreturn storeWorld`)(library, kit)
}
