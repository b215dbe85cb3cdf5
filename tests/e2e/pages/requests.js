// Every way to ask a back end for something.
const xhr = (method, url, prepare = () => {}) => new Promise((resolve) => {
  const request = new XMLHttpRequest()
  request.onloadend = () => resolve(request)
  request.open(method, url)
  prepare(request)
  request.send()
})

// One object, opened anew in its own handler.
const reuse = (paths) => new Promise((resolve) => {
  const request = new XMLHttpRequest()
  const next = () => {
    const path = paths.shift()
    if (!path) return resolve()
    request.open('GET', api + path)
    request.send()
  }
  request.onload = next
  next()
})

const read = async (...args) => (await fetch(...args)).text()

async function askEveryWay() {
  await (await first).text()
  await fetch(`${api}/unread`)
  await read(new Request(`${api}/request`, { method: 'PUT', body: 'x', headers: { 'x-own': '1' } }))
  await read(new URL(`${api}/url#hash`))
  await read(`${api}/claims?member=42`, { keepalive: true, method: 'POST', body: 'x' })
  await read(`${api}/missing`)
  await read(`${api}/broken`)
  await read(`${api}/moved`)
  await read(`${api}/opaque?opaque`)
  await xhr('get', `${api}/xhr`)
  // As Angular does; no `loadend` follows.
  await new Promise((resolve) => xhr('POST', `${api}/xhr-aborted-late`, (request) => {
    request.onreadystatechange = () => { if (request.readyState === 4) resolve(request.abort()) }
  }))
  await reuse(['/reused-1', '/reused-2', '/missing?reused'])
  const synchronous = new XMLHttpRequest()
  synchronous.open('GET', `${api}/synchronous`, false)
  synchronous.send()
  navigator.sendBeacon(`${api}/beacon`, 'x')
  window.controller = new AbortController()
  window.aborted = fetch(`${api}/silent`, { signal: controller.signal }).catch((fault) => fault.name)
  return read(`${api}/stream`)
}

function failTwice() {
  fetch('http://127.0.0.1:1/nobody')
  fetch('http://127.0.0.1:1/handled').catch(() => {})
}
