// What counts as a secret. Anything weaker and the server would look guarded without being so.
import { bytesOf } from '../lib/hash.ts';

const MIN_SECRET_BYTES = 32;
/** A random 32-byte secret in hex has about 16 distinct characters; fewer than this is a pattern, not a secret. */
const MIN_DISTINCT_CHARACTERS = 8;
const PRINTABLE = /^[\x21-\x7e]+$/;
const PLACEHOLDER = /your-|change-?me|placeholder|example|undefined/i;

/** What is wrong with a secret, in a sentence that names it and never quotes it. Undefined when it is fit. */
export const secretProblem = (name: string, value: unknown): string | undefined => {
  if (typeof value !== 'string' || value === '') return `${name} is not set.`;
  if (bytesOf(value).length < MIN_SECRET_BYTES)
    return `${name} is shorter than ${MIN_SECRET_BYTES} bytes.`;
  // It travels in a header, and stands in shell lines that people copy.
  if (!PRINTABLE.test(value))
    return `${name} has characters other than printable ASCII without spaces.`;
  if (PLACEHOLDER.test(value) || new Set(value).size < MIN_DISTINCT_CHARACTERS)
    return `${name} is a placeholder, not a random secret.`;
  return undefined;
};
