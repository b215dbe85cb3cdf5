/** The lazy part of session replay: what `replay-control.ts` loads once there is something to record. */
export { createRecorder } from './recorder.ts';
