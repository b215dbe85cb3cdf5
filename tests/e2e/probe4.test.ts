import { inEachBrowser, visit } from './harness/browsers/each-browser.ts'
inEachBrowser('probe', async (place) => {
  for (let i = 0; i < 5; i++) { const tab = await visit(place, '/claims.html'); await tab.click('#save'); await tab.close() }
  await new Promise((r) => setTimeout(r, 4000))
  for (const e of place.datadog.events()) console.log(e.type, e.view.id.slice(0, 4), (e['_dd'] as any).document_version, e.view['is_active'], JSON.stringify(e.view['time_spent']), e.view.url)
  console.log((await fetch(new URL('/metrics', place.collector.intakeUrl)).then((r) => r.text())).split('\n').filter((l) => l.includes('outcomes_total') || l.includes('lost')).join('\n'))
})
