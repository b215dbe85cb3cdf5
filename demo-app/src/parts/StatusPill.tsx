import type { Claim } from '../claims.ts'

export function StatusPill({ status }: { status: Claim['status'] }) {
  return <span className={`pill pill-${status.replace(' ', '-')}`}>{status}</span>
}
