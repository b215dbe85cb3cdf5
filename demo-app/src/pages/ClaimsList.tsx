import { Link } from 'wouter'
import { fetchClaims, fetchNotice, formatDate, formatMoney } from '../claims.ts'
import { StatusPill } from '../parts/StatusPill.tsx'
import { TryThis } from '../parts/TryThis.tsx'
import { useLoaded } from '../parts/useLoaded.ts'

export function ClaimsList() {
  const claims = useLoaded(fetchClaims)
  const notice = useLoaded(fetchNotice)
  return (
    <div className="columns">
      <section>
        {/* No room is kept for the notice: it pushes the list down when it comes, a layout shift on purpose. */}
        {notice.value && (
          <div className="notice" role="status">
            <strong>{notice.value.title}</strong>
            <p>{notice.value.text}</p>
          </div>
        )}
        <h1>Your claims</h1>
        <p className="lead">Six prescriptions of the last four weeks, newest first.</p>
        {claims.failure && <p className="failure" role="alert">{claims.failure}</p>}
        <ul className="claims" aria-busy={claims.value === undefined}>
          {claims.value?.map((claim) => (
            <li key={claim.id}>
              <Link href={`/claims/${claim.id}`} className="claim" data-rum-action-name="Open claim">
                <span className="claim-medicine">{claim.medicine}<small>{claim.form}</small></span>
                <span className="claim-payer">{claim.payer}<small>{formatDate(claim.filledOn)}</small></span>
                <StatusPill status={claim.status} />
                <span className="claim-copay">{formatMoney(claim.copayCents)}<small>you pay</small></span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
      <TryThis>
        <li><b>Wait a second.</b> A notice arrives late and moves the list: the view gets a <abbr title="Cumulative Layout Shift">CLS</abbr> above zero.</li>
        <li><b>Open a claim.</b> The address changes without a page load: a new view begins, and the click is an action.</li>
        <li><b>Press buttons there.</b> One is slow, one throws, one rejects a promise, one asks a service that is down.</li>
        <li><b>Close this tab</b> right after a click: the click still arrives.</li>
      </TryThis>
    </div>
  )
}
