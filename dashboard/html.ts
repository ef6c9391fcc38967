import { escape as escapeHtml } from 'es-toolkit'

/** @param head HTML for the end of the head */
export const htmlPage = (title: string, body: string, head = '') => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/console.css">
${head}<title>${escapeHtml(title)}</title>
</head>
<body>
${body}
</body>
</html>
`
