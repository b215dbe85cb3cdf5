// The page of `cargo xtask bench sdk`: a claims list a visitor works with for half a minute.
const list = document.body.appendChild(document.createElement('main'))
for (let index = 0; index < 300; index++) {
  const row = list.appendChild(document.createElement('article'))
  row.innerHTML = `<h2>Claim</h2><p>Some text of a claim that is long enough to be a line.</p><button>Details</button>`
}
const bar = document.body.insertBefore(document.createElement('nav'), list)
const button = (id, listener) => {
  const made = bar.appendChild(document.createElement('button'))
  Object.assign(made, { id, textContent: id })
  made.addEventListener('click', listener)
}
button('refill', () => list.firstChild.classList.toggle('open'))
button('load', () => fetch('/pharmacy.css').then((answer) => answer.text()))
button('throw', () => {
  throw new TypeError('no statement for this claim')
})
button('reject', () => void Promise.reject(new Error('the claim is locked')))
button('route', () => history.pushState(null, '', `/claims/${history.length}`))
button('report', () => window.report?.('refilled', { claims: 2 }))
