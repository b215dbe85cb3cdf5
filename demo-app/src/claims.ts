/** What the shop's back end answers. */
export interface Claim {
  id: string
  medicine: string
  form: string
  payer: string
  prescriber: string
  /** ISO date. */
  filledOn: string
  status: 'approved' | 'in review' | 'needs form'
  priceCents: number
  copayCents: number
  refillsLeft: number
}

export interface ServiceNotice {
  title: string
  text: string
}

export interface RefillReceipt {
  reference: string
  /** ISO date. */
  readyOn: string
}

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed'
}

export const fetchClaims = (): Promise<Claim[]> => requestJson('/api/claims')
export const fetchClaim = (id: string): Promise<Claim> => requestJson(`/api/claims/${encodeURIComponent(id)}`)
export const fetchNotice = (): Promise<ServiceNotice> => requestJson('/api/notice')
export const fetchEligibility = (id: string): Promise<unknown> => requestJson(`/api/claims/${encodeURIComponent(id)}/eligibility`)

export function sendRefill(form: FormData): Promise<RefillReceipt> {
  return requestJson('/api/refills', { method: 'POST', body: new URLSearchParams(form as unknown as Record<string, string>) })
}

async function requestJson<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init)
  const body = (await response.json()) as T & { reason?: string }
  if (!response.ok) throw new RequestFailed(body.reason ?? `The server answered ${response.status}.`)
  return body
}

export function formatMoney(cents: number): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(cents / 100)
}

export function formatDate(isoDate: string): string {
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(new Date(isoDate))
}
