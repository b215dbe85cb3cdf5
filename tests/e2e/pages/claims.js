// What the buttons of claims.html do; a file of its own so that a strict Content-Security-Policy allows it.
const on = (id, listener) => document.getElementById(id).addEventListener('click', listener)
on('throw', () => { throw new TypeError('claim 10482 has no statement') })
on('reject', () => { void Promise.reject(new RangeError('no fax number is known')) })
on('route', () => { history.pushState(null, '', '/claims/10482?member=jane.roe#top') })
