import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { JWT_SECRET, SHARED_SECRET } from '../../../test/kit/tokens.ts';
import { OpsError } from '../../contract/errors.ts';
import { createCursors } from './cursors.ts';

const NOW = 1_800_000_000_000;
const LIFE_MS = 15 * 60_000;
const QUESTION = ['list_bucket_objects', 'my-client', 'demo-storage', 'uploads/', ''];

const cursors = createCursors(JWT_SECRET);
const sealed = () => cursors.seal('position-7', QUESTION, NOW);

/** The sentence with which a cursor was refused. */
const refused = async (
  cursor: string,
  question: readonly unknown[] = QUESTION,
  now = NOW,
  opener = cursors,
): Promise<string> => {
  const outcome = await opener.open(cursor, question, now).catch((error: unknown) => error);
  if (!(outcome instanceof OpsError)) throw new Error(`Opened: ${String(outcome)}`);
  expect(outcome.code).toBe('INVALID_CURSOR');
  return outcome.message;
};

describe('a cursor', () => {
  it('gives back any position, to the same question, until its time is over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.array(fc.jsonValue()), async (position, question) => {
        const cursor = await cursors.seal(position, question, NOW);
        expect(await cursors.open(cursor, question, NOW)).toBe(position);
        expect(cursor).toMatch(/^[\w.-]+$/);
      }),
      { numRuns: 100 },
    );
    expect(await cursors.open(await sealed(), QUESTION, NOW + LIFE_MS)).toBe('position-7');
  });

  it('is refused when it has expired', async () => {
    expect(await refused(await sealed(), QUESTION, NOW + LIFE_MS + 1)).toContain('expired');
  });

  it('is refused for another tool, client, resource, prefix or order of them', async () => {
    const cursor = await sealed();
    for (let at = 0; at < QUESTION.length; at++) {
      const other = QUESTION.with(at, `${QUESTION[at]}x`);
      expect(await refused(cursor, other)).toContain('other arguments');
    }
    expect(await refused(cursor, QUESTION.toReversed())).toContain('other arguments');
    expect(await refused(cursor, QUESTION.slice(1))).toContain('other arguments');
    expect(await refused(cursor, [...QUESTION, ''])).toContain('other arguments');
    expect(await refused(cursor, [QUESTION.join()])).toContain('other arguments');
  });

  it('is refused when any of its characters is another', async () => {
    const cursor = await sealed();
    for (let at = 0; at < cursor.length; at++) {
      const other = cursor[at] === 'A' ? 'Q' : 'A';
      const altered = cursor.slice(0, at) + other + cursor.slice(at + 1);
      expect(await refused(altered)).toContain('not one of this server');
    }
  });

  it('is refused when cut, lengthened, doubled or emptied', async () => {
    const cursor = await sealed();
    const [body = '', signature = ''] = cursor.split('.');
    const forms = [
      '',
      '.',
      body,
      `${body}.`,
      `.${signature}`,
      `${cursor}.`,
      `${cursor}A`,
      ` ${cursor}`,
    ];
    forms.push(
      `${signature}.${body}`,
      cursor + cursor,
      `${cursor}.${signature}`,
      'x'.repeat(5_000),
    );
    for (let cut = 1; cut < cursor.length; cut += 7) forms.push(cursor.slice(0, -cut));
    for (const form of forms) expect(await refused(form)).toContain('not one of this server');
  });

  it('of one server is nothing to another', async () => {
    const stranger = createCursors(SHARED_SECRET);
    expect(await refused(await sealed(), QUESTION, NOW, stranger)).toContain(
      'not one of this server',
    );
  });

  it('never crashes whatever is sent in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async (text) => {
        await refused(text);
        await refused(`${text}.${text}`);
      }),
      { numRuns: 200 },
    );
  });

  it('is no token: what signs it signs nothing else', async () => {
    const [body = '', signature = ''] = (await sealed()).split('.');
    const hmac = new Bun.CryptoHasher('sha256', JWT_SECRET).update(body).digest('base64url');
    expect(hmac).not.toBe(signature);
  });
});
