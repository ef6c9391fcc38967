import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface Question {
  /** Another for each question, so that each has a dialog of its own: a browser tells later that one was closed. */
  key: number
  title: string
  /** What will happen. */
  text: ComponentChildren
  /** What the button that does it says. */
  doIt: string
}

const asked = signal<(Question & { answer(isYes: boolean): void }) | null>(null)
let questions = 0

/** Asks before something is done by hand. True where it was confirmed; Escape and Cancel are no. */
export function confirmed(question: Omit<Question, 'key'>): Promise<boolean> {
  asked.value?.answer(false)
  const key = ++questions
  return new Promise(resolve => {
    const answer = (isYes: boolean) => {
      if (asked.value?.key === key) asked.value = null
      resolve(isYes)
    }
    asked.value = { ...question, key, answer }
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
  const { key, title, text, doIt, answer } = question
  return (
    <dialog
      key={key}
      ref={dialog}
      aria-labelledby="ask-title"
      onClose={({ currentTarget }) => answer(currentTarget.returnValue === 'yes')}
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
