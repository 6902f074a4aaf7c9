/** Arrays as a payload holds them: base64 of numbers, the lowest byte first. */

/** Read the bytes of base64. */
function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = letters.charCodeAt(place);
  return bytes;
}

/** Return the number of a code of half precision: a sign, 5 bits of exponent, 10 of fraction. */
function fromHalf(code) {
  const exponent = (code >> 10) & 31;
  const fraction = code & 1023;
  const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
  return code & 0x8000 ? -size : size;
}

const HALVES = new Float32Array(1 << 16).map((_, code) => fromHalf(code));

/** Read numbers of half precision. */
function halves(bytes) {
  const codes = new Uint16Array(bytes.buffer);
  const numbers = new Float32Array(codes.length);
  for (let place = 0; place < codes.length; place++) numbers[place] = HALVES[codes[place]];
  return numbers;
}

const READ = {
  float16: halves,
  float32: (bytes) => new Float32Array(bytes.buffer),
  int8: (bytes) => new Int8Array(bytes.buffer),
  uint8: (bytes) => bytes,
};

/**
 * Read arrays by their names.
 * @param {Object<string, {shape: number[], dtype: string, data: string}>} arrays
 * @returns {Object<string, {shape: number[], data: Float32Array | Int8Array | Uint8Array}>}
 */
export function readArrays(arrays) {
  const read = ({ shape, dtype, data }) => ({ shape, data: READ[dtype](bytesOf(data)) });
  return Object.fromEntries(Object.entries(arrays).map(([name, one]) => [name, read(one)]));
}
