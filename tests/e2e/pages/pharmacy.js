// A small pharmacy: every button makes something that RUM, replay or logs must carry. Patients and claims are invented.
const MEDICINES = ['Amoxicillin 500 mg', 'Metformin 850 mg', 'Lisinopril 10 mg', 'Atorvastatin 20 mg', 'Levothyroxine 75 µg', 'Salbutamol inhaler']
const STATES = ['open', 'paid', 'denied']
const element = (id) => document.getElementById(id)
const on = (id, listener) => element(id).addEventListener('click', listener)

function addRow(number) {
  const row = element('rows').insertRow()
  row.className = STATES[number % STATES.length]
  row.dataset.claim = String(number)
  for (const text of [`Claim ${number}`, MEDICINES[number % MEDICINES.length], `$${(number % 40) + 3}.50`, row.className]) {
    row.insertCell().textContent = text
  }
}
const FIRST_CLAIM = 10480
const rows = Number(new URLSearchParams(location.search).get('rows'))
for (let row = 0; row < rows; row += 1) addRow(FIRST_CLAIM + row)

let claim = FIRST_CLAIM + rows
on('save', () => { element('status').textContent = `Saved claim ${claim}, “déjà vu” 💊` })
on('throw', () => { throw new TypeError('claim 10482 has no statement') })
on('log', () => {
  claim += 1
  DD_LOGS.logger.info(`claim ${claim} submitted`, { claim, branch: 'Harbour Street' })
  DD_LOGS.logger.error(`claim ${claim} was refused`, { claim }, new RangeError(`copay of ${claim} is negative`))
  console.warn(`claim ${claim} is slow`)
})
on('change', () => {
  claim += 1
  addRow(claim)
  element('rows').rows[0].remove()
  element('rows').rows[1].classList.toggle('paid')
  element('rows').rows[2].cells[3].firstChild.data = `checked, see ${claim}`
})
on('route', () => {
  claim += 1
  history.pushState(null, '', `/claims/${claim}?member=jane.roe&page=2`)
})
