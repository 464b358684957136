// A client's share of a rollout: one number for each flag and client, for ever. Nothing is stored and nothing is drawn,
// so every isolate agrees, a session is never torn, and raising the percentage takes nobody out again.
import { bytesOf } from '../../lib/hash.ts';

const BUCKETS = 0x1_0000_0000;

/**
 * Where `client` stands in the rollout of `flag`, in [0, 100). The flag's name is the salt: those who are first with one
 * flag are not first with all of them. Not a secret, hence a fast hash: clients are named by whoever signs their tokens.
 */
export const bucketOf = (flag: string, client: string): number =>
  (murmur3(bytesOf(`${flag}\n${client}`)) / BUCKETS) * 100;

export const isIn = (bucket: number, percentage: number): boolean => bucket < percentage;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

const scramble = (block: number): number =>
  Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);

/** MurmurHash3 x86_32 with seed 0: synchronous, and well mixed for names that differ in one digit. */
export const murmur3 = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  let hash = 0;
  for (let at = 0; at < whole; at += 4)
    hash = Math.imul(rotate(hash ^ scramble(view.getUint32(at, true)), 13), 5) + 0xe6546b64;
  const rest = bytes
    .subarray(whole)
    .reduce((block, byte, index) => block | (byte << (8 * index)), 0);
  hash ^= scramble(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
