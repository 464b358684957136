import { describe, expect, it, spyOn } from 'bun:test';
import { createHmac } from 'node:crypto';

import { JWT_SECRET, token } from '../../test/kit/tokens.ts';
import { ok } from './result.ts';
import { createReadSigned, headerOf, signToken } from './signed-token.ts';

const reader = () => createReadSigned(() => ok(JWT_SECRET));

describe('a token we sign', () => {
  it('says by which key and how, and is read back', async () => {
    const text = await signToken({ sub: 'user-123' }, { kid: '2026-11', secret: JWT_SECRET });
    expect(headerOf(text)).toEqual({ alg: 'HS256', typ: 'JWT', kid: '2026-11' });
    expect(await reader()(text)).toEqual({ ok: true, value: { sub: 'user-123' } });
  });
});

describe('a token we read', () => {
  it('is refused where it is spelled another way, though the signature is good', async () => {
    const payload = Buffer.from('{"sub":"user-123"}').toString('base64url');
    const signedAs = (header: string) => {
      const signature = createHmac('sha256', JWT_SECRET).update(`${header}.${payload}`);
      return `${header}.${payload}.${signature.digest('base64url')}`;
    };
    const header = Buffer.from('{"alg":"HS256","xy":"~~~~~~~"}');
    const usual = header.toString('base64url');
    expect(await reader()(signedAs(usual))).toMatchObject({ ok: true });
    for (const other of [
      header.toString('base64'),
      `${usual} `,
      ` ${usual}`,
      `ey\n${usual.slice(2)}`,
    ])
      expect(await reader()(signedAs(other))).toEqual({ ok: false, error: 'malformed' });
  });

  it('has its key imported once, to check with and not to be read out again', async () => {
    const imports = spyOn(crypto.subtle, 'importKey');
    try {
      const read = reader();
      for (const sub of ['a', 'b']) expect((await read(token({ sub }))).ok).toBe(true);
      // What jose imports for itself is not of our secret's bytes.
      const ours = imports.mock.calls.filter(([form]) => form === 'raw');
      expect(ours.map(([, , , isReadable, uses]) => [isReadable, uses])).toEqual([
        [false, ['verify']],
      ]);
    } finally {
      imports.mockRestore();
    }
  });
});
