// What the collector's second port tells about a view.

export interface ViewerView {
  id: string
  application_id: string
  session_id: string
  url: string
  name: string | null
  loading_type: string | null
  started_ms: number
  is_active: boolean
  time_spent_ms: number
  action_count: number
  error_count: number
  resource_count: number
  long_task_count: number
  frustration_count: number
  loading_time_ms: number | null
  client: 'rum-wasm' | 'datadog'
  vitals: Record<VitalName, number | null>
  actions: { id: string; at_ms: number; type: string; name: string; selector: string | null; frustrations: string[] }[]
  errors: { id: string; at_ms: number; type: string | null; message: string; source: string; fingerprint: string | null; repeats: number }[]
}

export type VitalName = 'lcp_ms' | 'fcp_ms' | 'ttfb_ms' | 'cls' | 'inp_ms'

/** More than any test makes. */
const VIEWS_LIMIT = 200

export async function fetchViews(viewerUrl: string): Promise<ViewerView[]> {
  const url = new URL(`/api/views?limit=${VIEWS_LIMIT}`, viewerUrl)
  const response = await fetch(url).catch((error: Error) => {
    // `fetch failed` alone names neither the place nor the reason.
    throw new Error(`${url.href} cannot be reached: ${String((error.cause as Error | undefined)?.message ?? error.message)}`)
  })
  if (!response.ok) throw new Error(`The viewer answered ${response.status}: ${await response.text()}`)
  return ((await response.json()) as { views: ViewerView[] }).views
}
