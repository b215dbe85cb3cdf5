import { useState } from 'react'
import { Link } from 'wouter'
import { type Claim, fetchClaim, fetchEligibility, formatDate, formatMoney } from '../claims.ts'
import { StatusPill } from '../parts/StatusPill.tsx'
import { TryThis } from '../parts/TryThis.tsx'
import { useLoaded } from '../parts/useLoaded.ts'
import { downloadStatement, recalculateCopay, sendToPrescriber } from './claim-faults.ts'

export function ClaimDetail({ id }: { id: string }) {
  const { value: claim, failure } = useLoaded(() => fetchClaim(id))
  const [said, setSaid] = useState('')
  const checkEligibility = async (): Promise<void> => {
    setSaid('Asking the payer…')
    try {
      await fetchEligibility(id)
      setSaid('Covered.')
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <div className="columns">
      <section>
        <p className="crumbs"><Link href="/" data-rum-action-name="Back to claims">Your claims</Link> / {id}</p>
        {failure && <p className="failure" role="alert">{failure}</p>}
        {claim && (
          <>
            <h1>{claim.medicine} <StatusPill status={claim.status} /></h1>
            <ClaimFacts claim={claim} />
            <div className="buttons">
              <Link href={`/refill/${claim.id}`} className="button primary" data-rum-action-name="Start refill">Order a refill</Link>
              <button id="recalculate" data-rum-action-name="Recalculate co-pay" onClick={() => setSaid(recalculateCopay(claim))}>Recalculate co-pay</button>
              <button id="eligibility" data-rum-action-name="Check eligibility" onClick={() => void checkEligibility()}>Check eligibility</button>
              <button id="statement" onClick={() => downloadStatement(claim)}>Download statement</button>
              <button id="prescriber" onClick={() => void sendToPrescriber(claim)}>Send to prescriber</button>
            </div>
            <p className="said" role="status">{said}</p>
          </>
        )}
      </section>
      <TryThis>
        <li><b>Recalculate co-pay</b> blocks the page for 300 ms: the view’s <abbr title="Interaction to Next Paint">INP</abbr>.</li>
        <li><b>Check eligibility</b> asks a service that answers 503; the page says so.</li>
        <li><b>Download statement</b> throws: an error event.</li>
        <li><b>Send to prescriber</b> rejects a promise nobody awaits: an error event.</li>
        <li><b>Order a refill</b> opens a form with personal fields. What you type there is never read.</li>
      </TryThis>
    </div>
  )
}

function ClaimFacts({ claim }: { claim: Claim }) {
  const facts = [
    ['Amount', claim.form],
    ['Filled on', formatDate(claim.filledOn)],
    ['Payer', claim.payer],
    ['Prescriber', claim.prescriber],
    ['Price', formatMoney(claim.priceCents)],
    ['You pay', formatMoney(claim.copayCents)],
    ['Refills left', String(claim.refillsLeft)],
  ]
  return (
    <dl className="facts">
      {facts.map(([term, value]) => <div key={term}><dt>{term}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}
