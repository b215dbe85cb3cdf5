// Invented people-free claims: medicines, prices and payers, no person.

import type { Claim, ServiceNotice } from '../src/claims.ts'

export const CLAIMS: readonly Claim[] = [
  {
    id: 'CLM-10482', medicine: 'Atorvastatin 20 mg', form: '30 tablets', payer: 'Northlight Health', filledOn: '2026-11-18',
    status: 'approved', priceCents: 4210, copayCents: 800, refillsLeft: 3, prescriber: 'Harbour Street Practice',
  },
  {
    id: 'CLM-10477', medicine: 'Metformin 850 mg', form: '60 tablets', payer: 'Northlight Health', filledOn: '2026-11-16',
    status: 'approved', priceCents: 2675, copayCents: 500, refillsLeft: 5, prescriber: 'Harbour Street Practice',
  },
  {
    id: 'CLM-10465', medicine: 'Salbutamol inhaler 100 mcg', form: '200 doses', payer: 'Meridian Mutual', filledOn: '2026-11-12',
    status: 'in review', priceCents: 3890, copayCents: 1000, refillsLeft: 1, prescriber: 'Elm Lung Clinic',
  },
  {
    id: 'CLM-10451', medicine: 'Levothyroxine 75 mcg', form: '90 tablets', payer: 'Northlight Health', filledOn: '2026-11-07',
    status: 'approved', priceCents: 3120, copayCents: 600, refillsLeft: 2, prescriber: 'Harbour Street Practice',
  },
  {
    id: 'CLM-10438', medicine: 'Insulin glargine 100 U/ml', form: '5 pens', payer: 'Meridian Mutual', filledOn: '2026-11-02',
    status: 'needs form', priceCents: 11840, copayCents: 3500, refillsLeft: 0, prescriber: 'Riverside Diabetes Centre',
  },
  {
    id: 'CLM-10420', medicine: 'Amoxicillin 500 mg', form: '21 capsules', payer: 'Northlight Health', filledOn: '2026-10-27',
    status: 'approved', priceCents: 1480, copayCents: 500, refillsLeft: 0, prescriber: 'Walk-in Centre East',
  },
]

export const SERVICE_NOTICE: ServiceNotice = {
  title: 'Meridian Mutual answers slowly today',
  text: 'Claims with this payer may stay in review until tomorrow morning. Nothing is lost and you need not send them again.',
}
