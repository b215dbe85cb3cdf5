// What goes wrong on purpose on the claim page.

import { type Claim, formatMoney } from '../claims.ts'

/** Well over the 200 ms that make an interaction "needs improvement", well under what annoys. */
const BLOCK_MS = 300

/** Blocks the main thread, as a careless loop would. */
export function recalculateCopay(claim: Claim): string {
  const end_ms = performance.now() + BLOCK_MS
  let rounds = 0
  while (performance.now() < end_ms) rounds += 1
  return `You pay ${formatMoney(claim.copayCents)}, found after ${rounds.toLocaleString('en-US')} rounds.`
}

/** Reads a field the back end never sends. */
export function downloadStatement(claim: Claim): void {
  const { statement } = claim as unknown as { statement: { url: string } }
  location.assign(statement.url)
}

export async function sendToPrescriber(claim: Claim): Promise<void> {
  await Promise.resolve()
  throw new Error(`No fax number is known for the prescriber of ${claim.id}`)
}
