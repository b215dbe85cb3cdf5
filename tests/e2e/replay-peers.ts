// Which of the cases in tests/fixtures/replay other recorders replay as they were, as a Markdown table: a case that nobody passes may
// be a wrong case.
//
//   npm run replay-peers [-- firefox]

import { startChromium } from './harness/browsers/chromium.ts'
import { startFirefox } from './harness/browsers/firefox.ts'
import { findChromium, findFirefox } from './harness/places.ts'
import { faultsOf, openStage, readCases } from './harness/replay/cases.ts'
import { DatadogRecorder, RrwebRecorder } from './harness/replay/peers.ts'
import { HostSite } from './harness/site.ts'
import { Witness } from './harness/witness.ts'

const site = new HostSite()
await site.start()
const witness = await Witness.alone()
const browser = process.argv.includes('firefox') ? await startFirefox(findFirefox()) : await startChromium(findChromium())
try {
  const recorders = [new DatadogRecorder(site, witness), new RrwebRecorder()]
  const stage = await openStage(browser, site)
  console.log(`| case | ${recorders.map(({ name }) => name).join(' | ')} |\n|---|${'---|'.repeat(recorders.length)}`)
  for (const one of readCases()) {
    const verdicts: string[] = []
    for (const recorder of recorders) {
      await stage.goTo(`${site.origin}/replay/stage.html`)
      const tab = await browser.open(`${site.origin}/left.html`)
      const faults = await faultsOf(tab, stage, site, recorder, one).catch((fault: unknown) => [String(fault)])
      verdicts.push(faults.length === 0 ? 'same' : (faults[0] as string).split('\n')[0]!.slice(0, 100).replaceAll('|', '/'))
      await tab.close()
    }
    console.log(`| ${one.number}: ${one.title} | ${verdicts.join(' | ')} |`)
  }
} finally {
  await browser.stop()
  for (const server of [site, witness]) await server.stop()
}
