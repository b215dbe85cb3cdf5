// What got through, short enough to be read and compared.

/** Labels by what they are about: `html title: a, abbr, …`, or `everywhere` where nothing of the kind was kept back. */
export function listOf(leaked: Iterable<string>, planted: Iterable<string>): string {
  const [got, all] = [byKind(leaked), byKind(planted)]
  const lines = [...got].map(([kind, places]) => {
    const isAll = places.length > 1 && places.length === all.get(kind)?.length
    return `${kind}: ${isAll ? `all ${places.length} places` : places.sort().join(', ')}\n`
  })
  return lines.sort().join('')
}

/** `html a title behind a number` is `html title behind a number` at `a`; others are what they are. */
function byKind(labels: Iterable<string>): Map<string, string[]> {
  const kinds = new Map<string, string[]>()
  for (const label of labels) {
    const [, space, element, attribute] = /^(html|svg|math) (\S+) (.+)$/.exec(label) ?? []
    const kind = space === undefined ? 'the page' : `${space} ${attribute}`
    const places = kinds.get(kind) ?? []
    kinds.set(kind, places)
    places.push(element ?? label)
  }
  return kinds
}
