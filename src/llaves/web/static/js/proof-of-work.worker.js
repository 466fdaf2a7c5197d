// SHA-256 (FIPS 180-4) by hand: crypto.subtle is asynchronous, and a promise costs more than a hash of one block.
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => ((x % 1) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
const W = new Int32Array(64);

/** Fold the 16 words in W into the state. */
function compress(state) {
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function load(bytes, offset) {
  for (let i = 0; i < 16; i++, offset += 4) {
    W[i] = (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
  }
}

/** The n in 0..max with sha256(salt + n) = hash, or null. The salt's whole blocks are folded only once. */
function find(salt, hash, max) {
  const bytes = new TextEncoder().encode(salt);
  const whole = bytes.length - (bytes.length % 64);
  const prefix = START.slice();
  for (let at = 0; at < whole; at += 64) {
    load(bytes, at);
    compress(prefix);
  }
  const rest = bytes.subarray(whole);
  const target = Int32Array.from(hash.match(/.{8}/g), (word) => parseInt(word, 16) | 0);
  const tail = new Uint8Array(128);
  const view = new DataView(tail.buffer);
  const state = new Int32Array(8);
  tail.set(rest);
  for (let n = 0; n <= max; n++) {
    const digits = String(n);
    let end = rest.length;
    for (let i = 0; i < digits.length; i++) tail[end++] = digits.charCodeAt(i);
    const blocks = end < 56 ? 1 : 2;
    tail.fill(0, end);
    tail[end] = 0x80;
    view.setUint32(blocks * 64 - 4, (whole + end) * 8);
    state.set(prefix);
    for (let block = 0; block < blocks; block++) {
      load(tail, block * 64);
      compress(state);
    }
    if (state[0] === target[0] && state.every((word, i) => word === target[i])) return n;
  }
  return null;
}

onmessage = ({ data }) => postMessage(find(data.salt, data.hash, data.max));
