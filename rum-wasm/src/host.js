/** What the engine may ask of the browser: each call goes to the instance of its number (`hosts`). */
export const hosts = [];
export const now = () => performance.now();
export const post = (host, slot, body, atExit) => hosts[host].post(slot, body, atExit);
export const store = (host, session) => hosts[host].store(session);
export const warn = (host, text) => hosts[host].warn(text);
export const fillWithRandom = (bytes) => void crypto.getRandomValues(bytes);
