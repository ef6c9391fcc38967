import { Command, InvalidArgumentError } from 'commander'
import { failureOf } from '../cli/failure.ts'
import { note } from '../cli/terminal.ts'
import { benchmarks } from './benchmarks.ts'
import { runBenchmark } from './run.ts'

const names = Object.entries(benchmarks).map(
  ([name, { summary, file }]) => `  ${(file ? `${name} <file>` : name).padEnd(14)} ${summary}`,
)

const program = new Command('npm run bench --')
  .description(
    'Measures Hearth on real servers, which it starts and stops. It never fails because of its results.',
  )
  .argument('<benchmark>', 'which one')
  .argument('[file]', 'its file, if it needs one')
  .option('--json', 'one object a line, for programs')
  .option('--rounds <n>', 'for trials: how many rounds are measured', wholeNumber)
  .option('--entities <n>', 'for trials: how large the generated world is', wholeNumber)
  .option('--reads <n>', 'for trials: how many reads of a trace are replayed', wholeNumber)
  .addHelpText('after', `\nBenchmarks:\n${names.join('\n')}`)
  .exitOverride()
  .action(runBenchmark)

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,6}$/.test(given)) return Number(given)
  throw new InvalidArgumentError('Expected a whole number, 1 or more.')
}

process.stdout.on('error', error => {
  process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1)
})

try {
  await program.parseAsync()
  process.exit()
} catch (error) {
  const { text, exitCode } = failureOf(error)
  if (text) note(text)
  process.exit(exitCode)
}
