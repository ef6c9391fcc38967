// The bundler turns an import of a style sheet into the page's style.
declare module '*.css'
