import { byId, h, show } from './dom.ts'

export interface Question {
  title: string
  /** What will happen, in a sentence. */
  text: string
  /** What the button that does it says. */
  doIt: string
}

/** Asks before something is done by hand. True where it was confirmed; Escape and Cancel are no. */
export function confirmed({ title, text, doIt }: Question): Promise<boolean> {
  const dialog = byId('ask') as HTMLDialogElement
  show(
    dialog,
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'ask-title' }, title),
      h('p', text),
      h(
        'div.buttons',
        h('button', { value: 'no' }, 'Cancel'),
        h('button', { value: 'yes', class: 'primary' }, doIt),
      ),
    ),
  )
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
