const encoder = new TextEncoder();

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encoder.encode(text));

export const sha256 = async (text: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text)));

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Are two secrets equal? The time it takes tells nothing of where they differ, nor of their length: both are hashed
 * first, and every byte of the hashes is compared.
 */
export const isSameSecret = async (a: string, b: string): Promise<boolean> => {
  const [x, y] = await Promise.all([sha256(a), sha256(b)]);
  return x.reduce((difference, byte, index) => difference | (byte ^ (y[index] ?? 0)), 0) === 0;
};
