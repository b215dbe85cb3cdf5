// Where two lists of lines differ, short enough to read in the output of a test.

/** Equal lines shown around a difference. */
const CONTEXT_LINES = 3
/** Lines shown of either side. */
const MAX_LINES = 30
const MAX_COLUMNS = 300

/** Empty if they are the same; `-` stands before what was expected, `+` before what came. */
export function differenceOf(expected: readonly string[], got: readonly string[]): string {
  const shorter = Math.min(expected.length, got.length)
  let from = 0
  while (from < shorter && expected[from] === got[from]) from++
  if (from === expected.length && from === got.length) return ''
  let same = 0
  while (same < shorter - from && expected[expected.length - 1 - same] === got[got.length - 1 - same]) same++
  const show = (sign: string, lines: readonly string[]): string[] => {
    const shown = lines.slice(0, MAX_LINES).map((line) => `${sign} ${line.slice(0, MAX_COLUMNS)}`)
    return lines.length > MAX_LINES ? [...shown, `${sign} … ${lines.length - MAX_LINES} more`] : shown
  }
  return [
    ...show(' ', expected.slice(Math.max(0, from - CONTEXT_LINES), from)),
    ...show('-', expected.slice(from, expected.length - same)),
    ...show('+', got.slice(from, got.length - same)),
    ...show(' ', expected.slice(expected.length - same).slice(0, CONTEXT_LINES)),
  ].join('\n')
}
