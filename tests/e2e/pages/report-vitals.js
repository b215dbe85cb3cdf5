// Keeps the last value web-vitals gives for each metric where the next page of this tab can read it.
// Every change is reported: in its default mode web-vitals may lose INP when a page is left while its idle
// callback is still pending.
{
  const values = {}
  const keep = (name) => ({ value }) => {
    values[name] = value
    sessionStorage.setItem('web-vitals', JSON.stringify(values))
  }
  const options = { reportAllChanges: true }
  webVitals.onLCP(keep('lcp_ms'), options)
  webVitals.onFCP(keep('fcp_ms'), options)
  webVitals.onTTFB(keep('ttfb_ms'), options)
  webVitals.onCLS(keep('cls'), options)
  webVitals.onINP(keep('inp_ms'), options)
}
