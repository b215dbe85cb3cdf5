// One visitor's way through the demo, as README tells a newcomer to go it.

import type { Browser, Page } from 'playwright-core'

/** An invented person. Typed into the refill form; none of it may ever arrive anywhere. */
export const PERSON: Readonly<Record<string, string>> = {
  name: 'Jane Roe',
  'member-id': 'NH-5550-1234',
  'birth-date': '1970-01-01',
  email: 'jane.roe@example.org',
  address: '1 Elm Street',
}

/** What the visit must leave behind. Actions are named by the shop's attributes, or by role and id. */
export const LEFT_BEHIND = {
  views: ['/', '/claims/CLM-10482', '/refill/CLM-10482'],
  actions: ['Open claim', 'Recalculate co-pay', 'Check eligibility', 'button#statement', 'button#prescriber', 'Start refill', 'Place refill'],
  errors: ["Cannot read properties of undefined (reading 'url')", 'No fax number is known for the prescriber of CLM-10482'],
  /** How long the slow button blocks the page. */
  slowest_ms: 300,
} as const

export async function openDemo(browser: Browser, demoUrl: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(demoUrl)
  // The late notice is the layout shift; it also shows that the page has settled.
  await page.getByText('Meridian Mutual answers slowly').waitFor()
  return page
}

/** Load, clicks, a slow button, an error, a rejection, a failing request, route changes, a form. */
export async function visitDemo(page: Page): Promise<void> {
  await page.getByText('Atorvastatin 20 mg').click()
  for (const button of ['recalculate', 'eligibility', 'statement', 'prescriber']) await page.click(`#${button}`)
  await page.getByText('The payer does not answer').waitFor()
  await page.getByRole('link', { name: 'Order a refill' }).click()
  for (const [field, value] of Object.entries(PERSON)) await page.locator(`[name=${field}]`).fill(value)
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.getByText('Thank you').waitFor()
}
