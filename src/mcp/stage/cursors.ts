// Page cursors that callers carry but cannot read into or change: what the next page needs, sealed with the question it
// belongs to, so that it continues that very question for that caller, and for a quarter of an hour.
import { z } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import { fromBase64Url, toBase64Url } from '../../lib/base64url.ts';
import { bytesOf, sha256 } from '../../lib/hash.ts';

const LIFE_MS = 15 * 60_000;
const MAX_LENGTH = 4_096;

const sealed = z.object({ position: z.string(), question: z.string(), expiresAt: z.number() });

export interface Cursors {
  /** `question` is everything that must be equal for the next page to make sense: tool, arguments, caller. */
  seal(position: string, question: readonly unknown[], now: number): Promise<string>;
  /** The position; throws INVALID_CURSOR when the cursor is not ours, not for this question, or too old. */
  open(cursor: string, question: readonly unknown[], now: number): Promise<string>;
}

export const createCursors = (secret: string): Cursors => {
  // A key and not a promise of one: workerd lets one request not wait for what another has begun.
  let imported: CryptoKey | undefined;
  const keyOf = async (): Promise<CryptoKey> => (imported ??= await importKey(secret));
  return {
    seal: async (position, question, now) => {
      const body = toBase64Url(
        bytesOf(
          JSON.stringify({
            position,
            question: await fingerprint(question),
            expiresAt: now + LIFE_MS,
          }),
        ),
      );
      const signature = await crypto.subtle.sign('HMAC', await keyOf(), bytesOf(body));
      return `${body}.${toBase64Url(new Uint8Array(signature))}`;
    },
    open: async (cursor, question, now) => {
      const content =
        cursor.length > MAX_LENGTH ? undefined : await verified(cursor, await keyOf());
      if (content === undefined) throw invalid('The cursor is not one of this server.');
      if (content.question !== (await fingerprint(question)))
        throw invalid('The cursor belongs to a call with other arguments.');
      if (content.expiresAt < now) throw invalid('The cursor has expired.');
      return content.position;
    },
  };
};

/** A key of its own, so that a cursor's signature is no use anywhere else the secret signs. */
const importKey = async (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'raw',
    await sha256(`cursor:${secret}`),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  );

const verified = async (cursor: string, key: CryptoKey) => {
  const [body = '', signature = '', ...rest] = cursor.split('.');
  const bytes = fromBase64Url(signature);
  if (rest.length > 0 || bytes === undefined) return undefined;
  if (!(await crypto.subtle.verify('HMAC', key, bytes, bytesOf(body)))) return undefined;
  const content = fromBase64Url(body);
  if (content === undefined) return undefined;
  return sealed.parse(JSON.parse(new TextDecoder().decode(content)));
};

const fingerprint = async (question: readonly unknown[]): Promise<string> =>
  toBase64Url(await sha256(JSON.stringify(question)));

const invalid = (message: string) => new OpsError('INVALID_CURSOR', message);
