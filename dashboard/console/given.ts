/** What the shell gives to its script: who looks, what they may do, and the pages that are not of the console. */
export interface Given {
  /** Null where no login can end: by a token of the request, or without tokens. */
  session: { name: string; role: string } | null
  operates: boolean
  links: readonly Link[]
}

export interface Link {
  name: string
  path: string
}
