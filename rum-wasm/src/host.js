/** What the engine may ask of the browser: each call goes to the instance of its number (`hosts`). */
export const hosts = [];
/** The module's memory, once there is a module; bytes come as a place in it and a length. */
export const module = {};
const view = (at, length) => new Uint8Array(module.memory.buffer, at, length);
let answer;

export const now = () => performance.now();
export const tell = (host, what, at, length, ...numbers) => hosts[host].tell[what](view(at, length), ...numbers);
export const look = (host, kind, atMs, ...places) => {
  answer = hosts[host].look(kind, atMs, ...[0, 2, 4].map((index) => view(places[index], places[index + 1])));
  return answer ? answer[0].length : -1;
};
export const take = (at) => {
  const part = answer.shift();
  view(at, part.length).set(part);
  return answer[0]?.length;
};
export const fillWithRandom = (at) => void crypto.getRandomValues(view(at, 16));
