// In the place of the seam to the engine (`js-loader/src/replay/port-main.ts`).

import type { EnginePort } from '../../../../js-loader/src/replay/port-main.ts'
import { Op } from '../../../../js-loader/src/replay/ops.ts'

export const messages: string[] = []

export function openEngine(setup: unknown): EnginePort {
  messages.push(JSON.stringify(setup))
  return {
    send([kind, ...what]) {
      if (kind !== 'ops') {
        messages.push(JSON.stringify([kind, ...what]))
        return
      }
      const { words, texts } = what[2] as { words: Int32Array<ArrayBuffer>; texts: Uint8Array<ArrayBuffer> }
      messages.push(new TextDecoder().decode(texts), words.join(' '))
      if (words.includes(Op.Walked)) messages.push('walked')
    },
    close() {},
  }
}
