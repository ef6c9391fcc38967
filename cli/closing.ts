/** What has been opened, to be closed in the opposite order. */
export class Closing {
  readonly #open: { name: string; close: () => Promise<void> }[] = []
  #closed: Promise<string[]> | undefined

  /** Notes how to close what has just been opened. After `close()` it is closed at once. */
  async opened(name: string, close: () => Promise<void>): Promise<void> {
    if (this.#closed) await close()
    else this.#open.push({ name, close })
  }

  /** Closes everything, the last first, whatever fails on the way. Answers what failed, in words. Safe twice. */
  close(): Promise<string[]> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<string[]> {
    const problems: string[] = []
    for (let last = this.#open.pop(); last; last = this.#open.pop()) {
      await last.close().catch(error => problems.push(`${last?.name}: ${String(error)}`))
    }
    return problems
  }
}
