import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { fetchClaim, formatDate, formatMoney, type RefillReceipt, sendRefill } from '../claims.ts'
import { TryThis } from '../parts/TryThis.tsx'
import { useLoaded } from '../parts/useLoaded.ts'

const FIELDS = [
  { name: 'name', label: 'Full name', type: 'text', autoComplete: 'name' },
  { name: 'member-id', label: 'Member ID', type: 'text', autoComplete: 'off' },
  { name: 'birth-date', label: 'Date of birth', type: 'date', autoComplete: 'bday' },
  { name: 'email', label: 'Email', type: 'email', autoComplete: 'email' },
  { name: 'address', label: 'Delivery address', type: 'text', autoComplete: 'street-address', wide: true },
] as const

export function Refill({ id }: { id: string }) {
  const { value: claim, failure } = useLoaded(() => fetchClaim(id))
  const [receipt, setReceipt] = useState<RefillReceipt>()
  const [problem, setProblem] = useState('')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    sendRefill(new FormData(event.currentTarget)).then(setReceipt, (error: unknown) => setProblem(String(error)))
  }
  return (
    <div className="columns">
      <section>
        <p className="crumbs"><Link href="/">Your claims</Link> / <Link href={`/claims/${id}`}>{id}</Link> / Refill</p>
        <h1>Order a refill</h1>
        {failure && <p className="failure" role="alert">{failure}</p>}
        {claim && !receipt && (
          <form className="card" onSubmit={submit}>
            <p className="lead">{claim.medicine}, {claim.form}. You pay {formatMoney(claim.copayCents)} on delivery.</p>
            <div className="fields">
              {FIELDS.map(({ label, ...field }) => (
                <label key={field.name} className={'wide' in field ? 'wide' : undefined}>
                  {label}
                  <input name={field.name} type={field.type} autoComplete={field.autoComplete} required />
                </label>
              ))}
            </div>
            {problem && <p className="failure" role="alert">{problem}</p>}
            <button className="primary" data-rum-action-name="Place refill">Place the order</button>
          </form>
        )}
        {receipt && (
          <div className="card" role="status">
            <h2>Thank you</h2>
            <p>Order {receipt.reference} is ready on {formatDate(receipt.readyOn)}.</p>
            <p><Link href="/" className="button" data-rum-action-name="Back to claims">Back to your claims</Link></p>
          </div>
        )}
      </section>
      <TryThis>
        <li><b>Fill in the form</b> with an invented person and send it.</li>
        <li><b>Look at the data page:</b> the click on the button is there, by the name the shop gave it. Names, dates and addresses are not.</li>
      </TryThis>
    </div>
  )
}
