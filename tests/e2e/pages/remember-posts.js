// Writes down every text the official SDK posts, also what leaves with the page, for the next page to read.
{
  const remember = (url, body) => {
    if (typeof body !== 'string' || !String(url).includes('ddforward')) return
    const sent = JSON.parse(sessionStorage.getItem('sent') ?? '[]')
    sessionStorage.setItem('sent', JSON.stringify([...sent, { url: String(url), body }]))
  }
  const { fetch } = window
  window.fetch = (input, init) => {
    remember(input, init?.body)
    return fetch(input, init)
  }
  const sendBeacon = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (url, body) => {
    remember(url, body)
    return sendBeacon(url, body)
  }
}
