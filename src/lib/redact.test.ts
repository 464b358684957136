import { describe, expect, it } from 'bun:test';

import { createRedactor } from './redact.ts';

const SECRET = 'k3/"y+value-0123456789';
const redact = createRedactor([SECRET, 'abc']);

describe('createRedactor', () => {
  it.each([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['inside JSON', JSON.stringify({ SECRET })],
  ])('replaces a known secret %s', (_, text) => {
    expect(redact(`before ${text} after`)).toContain('(secret)');
    expect(redact(text)).not.toContain('value-0123456789');
  });

  it.each([
    ['a token', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln here', 'got (secret) here'],
    ['a bearer credential', 'Bearer abcdef123456', 'Bearer (secret)'],
    ['the user of an address', 'postgres://me:pw@db/x', 'postgres://(secret)@db/x'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '(secret)'],
  ])('replaces %s nobody told it of', (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('leaves words alone that a very short secret would match', () => {
    expect(redact('abc is the alphabet')).toBe('abc is the alphabet');
  });
});
