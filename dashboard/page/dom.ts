type Child = Node | string | number | null | undefined | false

interface Props {
  [attribute: string]: string | number | boolean | null | undefined | ((event: Event) => void)
}

/**
 * An element with its attributes, if it has any, and its children: `p.note` is a `p` of the class `note`. An attribute that
 * is a function is a listener (`onclick`); one that is false or absent is left out.
 */
export function h(tag: string, first?: Props | Child, ...others: Child[]): HTMLElement {
  const [type = tag, ...classes] = tag.split('.')
  const element = document.createElement(type)
  element.classList.add(...classes)
  const hasProps = typeof first === 'object' && first !== null && !(first instanceof Node)
  for (const [name, value] of Object.entries(hasProps ? first : {})) {
    if (value === undefined || value === null || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const child of hasProps ? others : [first, ...others]) {
    if (child !== null && child !== undefined && child !== false)
      element.append(typeof child === 'number' ? String(child) : child)
  }
  return element
}

/** `label` is for those who cannot see what the button stands beside. */
export const button = (text: string, onclick: () => void, label?: string): HTMLElement =>
  h('button', { onclick, 'aria-label': label }, text)

/** One figure of a list of facts, and what stands behind it. */
export const fact = (name: string, value: string, note?: Node | null): HTMLElement =>
  h('div', h('dt', name), h('dd', value, note ? ' ' : null, note))

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * Makes `place` show `wanted`, changing only what is different: a button keeps its focus and a reader its place while
 * numbers change around them. Elements are matched by their `data-key`, else by their place.
 */
export function show(place: Element, ...wanted: Child[]): void {
  patchChildren(place, h('div', ...wanted))
}

function patchChildren(old: Element, wanted: Element): void {
  const keyed = new Map<string, Element>()
  for (const child of old.children) {
    const key = child.getAttribute('data-key')
    if (key !== null) keyed.set(key, child)
  }
  const next = [...wanted.childNodes]
  next.forEach((node, i) => {
    const key = node instanceof Element ? node.getAttribute('data-key') : null
    const match = key === null ? old.childNodes[i] : keyed.get(key)
    const at = old.childNodes[i]
    const isOtherKeyed = key === null && match instanceof Element && match.hasAttribute('data-key')
    if (!match || isOtherKeyed || match.nodeName !== node.nodeName) {
      old.insertBefore(node, at ?? null)
      return
    }
    if (match !== at) old.insertBefore(match, at ?? null)
    patch(match, node)
  })
  while (old.childNodes.length > next.length) old.lastChild?.remove()
}

function patch(old: Node, wanted: Node): void {
  if (!(old instanceof Element && wanted instanceof Element)) {
    if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue
    return
  }
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && !(name === 'open' && old.tagName === 'DETAILS'))
      old.removeAttribute(name)
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  if (!old.hasAttribute('data-keep')) patchChildren(old, wanted)
}
