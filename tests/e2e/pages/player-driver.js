// The player on a page of its own, for the tests that drive it.
import { createPlayer } from '/player.js'

const told = []
addEventListener('error', ({ message }) => told.push(message))
addEventListener('unhandledrejection', ({ reason }) => told.push(String(reason)))

const stage = {
  told,
  player: undefined,
  /** Loads segments; what a method throws is told. */
  load(segments) {
    stage.player?.destroy()
    stage.player = createPlayer(document.getElementById('stage'))
    stage.safely(() => stage.player.load(segments))
  },
  safely(run) {
    try {
      return run()
    } catch (error) {
      told.push(`threw ${error}`)
      return undefined
    }
  },
  /** The document at a position, as `describe.js` tells it. */
  documentAt(ms, how) {
    const shown = stage.safely(() => stage.player.documentAt(ms))
    return shown ? describe(shown, how) : ''
  },
}
globalThis.stage = stage
