import { forwardFromWorker } from '/npm/worker.js'

forwardFromWorker()
const api = '{{api}}'
onmessage = async ({ data }) => {
  if (data !== 'work') postMessage(`a message of somebody else's: ${JSON.stringify(data)}`)
  await fetch(`${api}/from-worker`, { method: 'POST', body: 'x' })
  await fetch(`${api}/missing`)
  Promise.reject(new RangeError('rejected in the worker'))
  setTimeout(() => { throw new TypeError('thrown in the worker', { cause: new Error('inner') }) })
  postMessage('done')
}
