// An image that counts as content: Chromium leaves images of low entropy out of Largest Contentful Paint.

const WIDTH_PX = 480
const HEIGHT_PX = 320
const HEADER_BYTES = 54
const BYTES_PER_PIXEL = 3

/** An uncompressed 24-bit bitmap of noise, the same on every call. */
export function noiseBitmap(): Buffer {
  const pixels_bytes = WIDTH_PX * HEIGHT_PX * BYTES_PER_PIXEL
  const bitmap = Buffer.alloc(HEADER_BYTES + pixels_bytes)
  bitmap.write('BM', 0, 'ascii')
  bitmap.writeUInt32LE(bitmap.length, 2)
  bitmap.writeUInt32LE(HEADER_BYTES, 10)
  bitmap.writeUInt32LE(40, 14) // size of the info header that follows
  bitmap.writeInt32LE(WIDTH_PX, 18)
  bitmap.writeInt32LE(HEIGHT_PX, 22)
  bitmap.writeUInt16LE(1, 26) // colour planes
  bitmap.writeUInt16LE(BYTES_PER_PIXEL * 8, 28)
  bitmap.writeUInt32LE(pixels_bytes, 34)
  let state = 1
  for (let index = HEADER_BYTES; index < bitmap.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0 // Numerical Recipes' linear generator
    bitmap[index] = state >>> 24
  }
  return bitmap
}
