/** The page at `/`: where everything else is. Names and paths are ours, never input. */
export function frontPage(pages: readonly { name: string; path: string }[]): string {
  const links = pages.map(({ name, path }) => `<li><a href="${path}">${name}</a> <code>${path}</code></li>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Hearth</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  :root { color-scheme: light dark }
</style>
<h1>Hearth</h1>
<p>This process keeps worlds warm. Its pages:</p>
<ul>
${links.join('\n')}
</ul>
</html>
`
}
