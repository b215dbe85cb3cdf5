/** Session replay: the entry of the chunk that is loaded where a session is recorded. */
export { createRecorder } from './recorder.ts';
