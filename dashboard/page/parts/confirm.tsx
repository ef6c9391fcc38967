import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Question {
  title: string
  /** What will happen. */
  text: ComponentChildren
  /** What the button that does it says. */
  doIt: string
}

const asked = signal<(Question & { answer(isYes: boolean): void }) | null>(null)

/** Asks before something is done by hand. True where it was confirmed; Escape and Cancel are no. */
export function confirmed(question: Question): Promise<boolean> {
  asked.value?.answer(false)
  return new Promise(resolve => {
    const answer = (isYes: boolean) => {
      asked.value = null
      resolve(isYes)
    }
    asked.value = { ...question, answer }
  })
}

/** The dialog of `confirmed`, once on a page. */
export function Confirm() {
  const dialog = useRef<HTMLDialogElement>(null)
  const question = asked.value
  useEffect(() => {
    if (question) dialog.current?.showModal()
  }, [question])
  if (!question) return null
  const { title, text, doIt, answer } = question
  return (
    <dialog
      ref={dialog}
      aria-labelledby="ask-title"
      onClose={() => answer(dialog.current?.returnValue === 'yes')}
    >
      <form method="dialog">
        <h2 id="ask-title">{title}</h2>
        <div class="what">{text}</div>
        <div class="buttons">
          <button type="submit" value="no">
            Cancel
          </button>
          <button type="submit" value="yes" class="primary">
            {doIt}
          </button>
        </div>
      </form>
    </dialog>
  )
}
