import { mapKeys } from 'es-toolkit'

/** The colours of all pages, as `page/styles/tokens.css` has them too; Bull Board and Swagger UI get them from here. */
export const palette = {
  light: {
    back: '#f6f5f3',
    card: '#ffffff',
    hover: '#f1eeea',
    text: '#1d1b19',
    soft: '#66605a',
    line: '#e2ded9',
    accent: '#a8420c',
    'on-accent': '#ffffff',
    good: '#2a7247',
    bad: '#b3261e',
  },
  dark: {
    back: '#171513',
    card: '#211e1b',
    hover: '#2a2622',
    text: '#ece8e3',
    soft: '#b0a8a1',
    line: '#38332e',
    accent: '#f0884a',
    'on-accent': '#1d1009',
    good: '#6bc08d',
    bad: '#ff8a80',
  },
} as const

type Colours = (typeof palette)['light' | 'dark']

/** A flame in a hearth. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#a8420c"/><path d="M17 4c1 5 7 7 7 14a8 8 0 0 1-16 0c0-4 2-6 4-8 0 2 1 3 2 4 1-3 2-6 3-10z" fill="#fff"/><path d="M16 17c1 2 3 3 3 5a3 3 0 0 1-6 0c0-2 2-3 3-5z" fill="#f0884a"/></svg>'

/** Bull Board's names for them. */
export const boardTheme = { light: boardColours(palette.light), dark: boardColours(palette.dark) }

function boardColours(of: Colours) {
  return {
    background: of.back,
    foreground: of.text,
    card: of.card,
    popover: of.card,
    primary: of.accent,
    'primary-foreground': of['on-accent'],
    secondary: of.hover,
    'secondary-foreground': of.text,
    muted: of.hover,
    'muted-foreground': of.soft,
    accent: of.hover,
    'accent-foreground': of.text,
    destructive: of.bad,
    'destructive-foreground': of.card,
    border: of.line,
    input: of.line,
    sidebar: of.card,
    'sidebar-foreground': of.text,
    'sidebar-accent': of.hover,
    'sidebar-border': of.line,
    'font-sans': 'system-ui, sans-serif',
    'font-mono': 'ui-monospace, monospace',
  }
}

const variables = (of: Colours) =>
  Object.entries(mapKeys(of, (_value, name) => `--${name}`))
    .map(([name, value]) => `${name}: ${value};`)
    .join(' ')

/** Swagger UI has a dark look of its own; it takes our frame. */
export const docsCss = `
:root { color-scheme: light dark; ${variables(palette.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(palette.dark)} } }
html body, html.dark-mode body, html.dark-mode .swagger-ui { background: var(--back); }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .btn { font-family: system-ui, sans-serif; }
.swagger-ui .topbar, html.dark-mode .swagger-ui .topbar { background: var(--card); border-bottom: 1px solid var(--line); padding: 6px 0; }
.swagger-ui .topbar a { max-width: none; }
.swagger-ui .topbar img { height: 28px; }
.swagger-ui .topbar .download-url-wrapper { display: none; }
.swagger-ui .scheme-container, html.dark-mode .swagger-ui .scheme-container { background: transparent; box-shadow: none; padding: 8px 0; }
.swagger-ui .opblock { box-shadow: none; border-radius: 8px; }
.swagger-ui .opblock .opblock-summary-method { border-radius: 5px; }
@media (max-width: 640px) { .swagger-ui .wrapper { padding: 0 10px; } }
`
