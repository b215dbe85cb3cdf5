/** What the engine may ask of the browser: each call goes to the instance of its number (`hosts`). */
export const hosts = [];
export const now = () => performance.now();
export const post = (host, slot, body, atExit) => hosts[host].post(slot, body, atExit);
export const tell = (host, what, text) => hosts[host].tell(what, text);
export const look = (host, ...event) => hosts[host].look(...event);
export const fillWithRandom = (bytes) => void crypto.getRandomValues(bytes);
