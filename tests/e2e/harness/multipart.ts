// Reads multipart/form-data (RFC 7578) as strictly as an intake may: what is doubtful is a fault, not a guess.

export interface Part { name: string; filename: string | undefined; contentType: string | undefined; body: Buffer }

const LINE_END = '\r\n'
/** RFC 2046: at most 70 characters, of a narrow set. */
const BOUNDARY = /^multipart\/form-data;\s*boundary="?([\w'()+,\-./:=?]{1,70})"?$/
const DISPOSITION = /^form-data; name="([^"]+)"(?:; filename="([^"]*)")?$/

export function readForm(body: Buffer, contentType: string): { parts: Part[]; faults: string[] } {
  const boundary = BOUNDARY.exec(contentType)?.[1]
  if (boundary === undefined) return { parts: [], faults: [`content-type is ${contentType || 'missing'}`] }
  const opening = `--${boundary}${LINE_END}`
  const between = `${LINE_END}--${boundary}`
  const closing = `--${LINE_END}`
  if (!body.subarray(0, opening.length).equals(Buffer.from(opening))) return { parts: [], faults: ['the form does not begin with its boundary'] }

  const parts: Part[] = []
  const faults: string[] = []
  let at = opening.length
  for (;;) {
    const end = body.indexOf(between, at)
    if (end < 0) return { parts, faults: [...faults, 'the form is cut off'] }
    const part = readPart(body.subarray(at, end))
    if (typeof part === 'string') faults.push(part)
    else parts.push(part)
    at = end + between.length
    const next = body.subarray(at).toString('latin1', 0, closing.length)
    if (next.startsWith(LINE_END)) {
      at += LINE_END.length
      continue
    }
    if (next !== closing || at + closing.length !== body.length) faults.push('the form does not end with its last boundary')
    return { parts, faults }
  }
}

function readPart(bytes: Buffer): Part | string {
  const headEnd = bytes.indexOf(LINE_END + LINE_END)
  if (headEnd < 0) return 'a part without headers'
  const headers = new Map<string, string>()
  for (const line of bytes.toString('utf8', 0, headEnd).split(LINE_END)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (name === '' || headers.has(name)) return `a part with the header line ${JSON.stringify(line)}`
    headers.set(name, line.slice(colon + 1).trim())
  }
  const disposition = DISPOSITION.exec(headers.get('content-disposition') ?? '')
  if (disposition === null) return `a part with the disposition ${JSON.stringify(headers.get('content-disposition'))}`
  return {
    name: disposition[1] as string,
    filename: disposition[2],
    contentType: headers.get('content-type'),
    body: bytes.subarray(headEnd + 2 * LINE_END.length),
  }
}
