import type { ReactNode } from 'react'

/** Says what each page does on purpose, so that a visitor knows what to look for on the data page. */
export function TryThis({ children }: { children: ReactNode }) {
  return (
    <aside className="try" aria-label="What to try">
      <h2>What to try</h2>
      <ul>{children}</ul>
    </aside>
  )
}
