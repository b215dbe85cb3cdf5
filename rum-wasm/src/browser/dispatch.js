// The fence between wasm and the host page. A listener that throws makes the browser report an error to the
// page, so everything the browser calls goes through this one function: after the first fault (a wasm trap, or
// an exception that crossed wasm frames and left them half done) nothing enters the module again.
export function fence(callback) {
  let isDead = false;
  return (source, key, value) => {
    if (isDead) return;
    try {
      callback(source, key, value);
    } catch (fault) {
      isDead = true;
      console.warn('[rum-wasm] stopped after a fault of its own; the page is not affected', fault);
    }
  };
}

// A listener that tells the fence where its value comes from.
export function bound(door, source, key) {
  return (value) => door(source, key, value);
}
