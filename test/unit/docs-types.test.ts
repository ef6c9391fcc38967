import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { type Block, blocksOf, pages, root } from '../support/pages.ts'

const top = fileURLToPath(root)

/** Names that an example may use, because the text around it introduces them. */
const given: Record<string, string> = {
  hearth: "import('hearth-cache').Hearth",
  world: "import('hearth-cache').World",
  session: "import('neo4j-driver').Session",
}

/** The example as a module, with one more line. */
function moduleOf({ text }: Block): string {
  const lacking = Object.entries(given).filter(
    ([name]) => !new RegExp(`\\b(const|let) ${name}\\b`).test(text),
  )
  return `${lacking.map(([name, type]) => `declare const ${name}: ${type};`).join(' ')} export {}\n${text}`
}

/** The compiler's errors for these modules, with the project's options. */
function complaints(modules: ReadonlyMap<string, string>): string[] {
  const read = ts.readConfigFile(`${top}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...read.config, include: [], files: [] }, ts.sys, top)
  const paths = {
    'hearth-cache': [`${top}index.ts`],
    'hearth-cache/testing': [`${top}testing.ts`],
    'hearth-cache/world': [`${top}world/kit.ts`],
  }
  const all = { ...options, noEmit: true, paths }
  const host = ts.createCompilerHost(all)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = file => modules.has(file) || fileExists(file)
  host.readFile = file => modules.get(file) ?? readFile(file)
  host.getSourceFile = (file, languageVersion, ...rest) => {
    const text = modules.get(file)
    if (text === undefined) return getSourceFile(file, languageVersion, ...rest)
    return ts.createSourceFile(file, text, languageVersion)
  }
  const program = ts.createProgram([...modules.keys()], all, host)
  return [...modules.keys()].flatMap(file => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => {
        return `${file.slice(top.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
      },
    )
  })
}

test('the examples in TypeScript have the right types', () => {
  const examples = pages.flatMap(page => blocksOf(page, 'ts'))
  expect(examples.length).toBeGreaterThan(5)
  const modules = new Map(
    examples.map(block => [`${top}${block.page}-line-${block.line}.ts`, moduleOf(block)]),
  )
  modules.set(`${top}wrong.ts`, "import { createHearth } from 'hearth-cache'\ncreateHearth({ cash: '' })\n")
  const [wrong, ...others] = complaints(modules).toSorted(
    (a, b) => Number(b.startsWith('wrong')) - Number(a.startsWith('wrong')),
  )
  expect(wrong, 'what is wrong is noticed').toMatch(/^wrong\.ts: .*cash/s)
  expect(others).toEqual([])
})
