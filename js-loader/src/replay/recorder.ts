import type { Recorder, RecorderHost } from './recording.ts';
export const createRecorder = (_host: RecorderHost): Recorder => { throw new Error(); };
