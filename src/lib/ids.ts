// The one place that draws what nobody can guess.
import { hexOf } from './hash.ts';

export const randomId = (): string => crypto.randomUUID();

const SECRET_BYTES = 32;

/** In hex, as `openssl rand -hex 32` draws it. */
export const randomSecret = (): string =>
  hexOf(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
