// The one place that draws what nobody can guess.

export const randomId = (): string => crypto.randomUUID();

const SECRET_BYTES = 32;

/** In hex, as `openssl rand -hex 32` draws it. */
export const randomSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
