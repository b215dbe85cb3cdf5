// The pages of `cargo xtask bench replay`, and what happens in them: generated, the same for every recorder.
//
// `?page=table` is a list of 1,200 claims with 800 CSS rules, 21,700 nodes; `?page=10000` as many nodes of a plain application.
{
  const page = new URLSearchParams(location.search).get('page')
  /** The same numbers in every run. */
  let seed = 1
  const below = (limit) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % limit
  }
  const WORDS = 'claim member plan refill pharmacy statement amount copay pending approved denied review generic brand tablet daily'.split(' ')
  const words = (count) => Array.from({ length: count }, () => WORDS[below(WORDS.length)]).join(' ')

  const style = document.head.appendChild(document.createElement('style'))
  style.textContent = Array.from({ length: 800 }, (_, rule) => `.c${rule % 400}:nth-child(${(rule % 7) + 1}) .part-${rule} { padding: ${rule % 9}px; color: rgb(${rule % 255}, 80, 120) }`).join('\n')

  const made = (name, className, ...children) => {
    const element = document.createElement(name)
    if (className) element.className = className
    element.append(...children)
    return element
  }

  const main = document.body.appendChild(made('main'))

  /** 18 nodes. */
  function claimRow(number) {
    const box = Object.assign(document.createElement('input'), { type: 'checkbox', name: `pick-${number}` })
    const link = Object.assign(made('a', 'link', `Claim ${number}`), { href: `/claims/${number}` })
    const row = made('tr', `row c${number % 400}`, made('td', 'pick', box), made('td', '', link), made('td', 'text', words(4)), made('td', 'text', words(2)),
      made('td', 'state', made('span', `badge part-${number % 800}`, words(1))), made('td', 'actions', made('button', 'action', 'Open'), words(1)))
    row.dataset.claim = number
    return row
  }

  /** 7 nodes. */
  function lineRow(turn, number) {
    return made('tr', `c${number % 400}`, made('td', '', `${turn} ${number}`), made('td', '', words(2)), made('td', '', WORDS[(turn + number) % WORDS.length]))
  }

  /** 10 nodes. */
  function card(number) {
    return made('article', `card c${number % 400}`, made('h3', '', words(3)), made('p', `part-${number % 800}`, words(9), made('b', '', words(1))), made('div', 'foot', made('i', 'icon'), words(2)))
  }

  let rows
  if (page === 'table') {
    rows = main.appendChild(made('table', 'claims')).appendChild(document.createElement('tbody'))
    for (let number = 0; number < 1_200; number++) rows.append(claimRow(number))
  } else {
    for (let number = 0; number < Number(page) / 10; number++) main.append(card(number))
  }

  const wait = (ms) => new Promise((done) => setTimeout(done, ms))
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))

  /** What happens: each in tasks as an application's, with a frame between. */
  window.work = {
    async churn() {
      for (let round = 0; round < 30; round++) {
        for (let count = 0; count < 30; count++) rows.insertBefore(claimRow(2_000 + round * 30 + count), rows.children[below(rows.children.length)])
        for (let count = 0; count < 200; count++) rows.children[below(rows.children.length)].setAttribute('class', `row c${below(400)}`)
        for (let count = 0; count < 100; count++) rows.children[below(rows.children.length)].children[2].firstChild.data = words(4)
        for (let count = 0; count < 20; count++) rows.insertBefore(rows.children[below(rows.children.length)], rows.children[below(rows.children.length)])
        for (let count = 0; count < 15; count++) rows.children[below(rows.children.length)].remove()
        await frame()
      }
    },

    /** They stay long enough for those who wait for an idle moment. */
    async append() {
      const body = main.appendChild(made('table')).appendChild(document.createElement('tbody'))
      for (let number = 0; number < 5_000; number++) body.append(lineRow(0, number))
      await wait(1_500)
      body.parentNode.remove()
    },

    async attributes() {
      const cards = main.children
      for (let part = 0; part < 10; part++) {
        for (let count = 0; count < 1_000; count++) {
          const card = cards[(part * 1_000 + count) % cards.length]
          card.classList.toggle('open')
          card.setAttribute('aria-expanded', String(count % 2 === 0))
        }
        await frame()
      }
    },

    /** A window of 40 rows over 10,000: at each scroll some leave above and some come below. */
    async scroll() {
      const list = main.appendChild(made('table')).appendChild(document.createElement('tbody'))
      for (let number = 0; number < 40; number++) list.append(claimRow(number))
      for (let step = 1; step <= 60; step++) {
        for (let count = 0; count < 10; count++) {
          list.firstChild.remove()
          list.append(claimRow(step * 10 + count + 40))
        }
        await frame()
      }
      list.parentNode.remove()
    },

    /** A table whose owner knows nothing of keys. */
    async render() {
      const list = main.appendChild(made('table')).appendChild(document.createElement('tbody'))
      for (let turn = 0; turn < 20; turn++) {
        list.replaceChildren(...Array.from({ length: 2_000 }, (_, number) => lineRow(turn, number)))
        await frame()
      }
      list.parentNode.remove()
    },

    /** Other paths, for another query alone is no other view. */
    async routes() {
      for (let route = 0; route < 10; route++) {
        history.pushState(null, '', `/claims/${WORDS[route]}`)
        await wait(300)
      }
    },
  }
}
