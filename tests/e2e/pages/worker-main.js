import { forwardFromWorker } from '/npm/worker.js'

forwardFromWorker()
const api = '{{api}}'
onmessage = async ({ data }) => {
  if (data === 'throw') throw new TypeError('thrown in the worker')
  if (data !== 'work') postMessage(`a message of somebody else's: ${JSON.stringify(data)}`)
  await (await fetch(`${api}/from-worker`, { method: 'POST', body: 'x' })).text()
  await (await fetch(`${api}/missing`)).text()
  Promise.reject(new RangeError('rejected in the worker'))
  postMessage('done')
}
