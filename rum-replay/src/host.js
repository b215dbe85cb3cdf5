/** What the engine may ask of JavaScript: where it tells what it has to tell (`js-loader/src/replay/engine.ts`). */
export const host = {};
/** The module's memory, once there is a module; bytes come as a place in it and a length. */
export const module = {};
const view = (at, length) => new Uint8Array(module.memory.buffer, at, length);

export const tell = (what, at, length, secondAt, secondLength, ...numbers) =>
  host.tell[what](view(at, length), view(secondAt, secondLength), ...numbers);
export const fillWithRandom = (at) => void crypto.getRandomValues(view(at, 16));
