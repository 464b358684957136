// One value, one hash: however the keys of its objects are ordered.
import { hexOf, sha256 } from './hash.ts';

/** SHA-256 in hex of the value as JSON with sorted keys; absent and undefined are the same. */
export const canonicalHash = async (value: unknown): Promise<string> =>
  hexOf(await sha256(canonicalJson(value)));

const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${entries.join(',')}}`;
};
