import { useEffect, useState } from 'react'

/** The answer of `load`, undefined while it is under way, or the reason why there is none. */
export function useLoaded<T>(load: () => Promise<T>): { value?: T; failure?: string } {
  const [state, setState] = useState<{ value?: T; failure?: string }>({})
  useEffect(() => {
    let wanted = true
    load().then(
      (value) => wanted && setState({ value }),
      (error: unknown) => wanted && setState({ failure: error instanceof Error ? error.message : String(error) }),
    )
    return () => { wanted = false }
    // Loaded once per page: each route mounts its page anew (`key` in App.tsx).
  }, [])
  return state
}
