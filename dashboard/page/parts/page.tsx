import type { ComponentChildren } from 'preact'

/** A page of the console: its title, and beside it what can be chosen or done. */
export function Page({
  title,
  aside,
  children,
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <div class="page">
      <div class="head">
        <h1>{title}</h1>
        {aside}
      </div>
      {children}
    </div>
  )
}
