/** Bytes that threads share. A page opened from a file has no such memory, and no threads to share it with. */
export const sharedBytes = (n: number): Uint8Array =>
  new Uint8Array(typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(n) : new SharedArrayBuffer(n));
