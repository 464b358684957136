// Page cursors that callers carry but cannot read into or change: what the next page needs, sealed with the question it
// belongs to, so that it continues that very question for that caller, and for a quarter of an hour.
import { z } from 'zod';

import { OpsError } from '../../contract/errors.ts';
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
  const key = importKey(secret);
  return {
    seal: async (position, question, now) => {
      const body = encode(
        bytesOf(
          JSON.stringify({
            position,
            question: await fingerprint(question),
            expiresAt: now + LIFE_MS,
          }),
        ),
      );
      const signature = await crypto.subtle.sign('HMAC', await key, bytesOf(body));
      return `${body}.${encode(new Uint8Array(signature))}`;
    },
    open: async (cursor, question, now) => {
      const content = cursor.length > MAX_LENGTH ? undefined : await verified(cursor, await key);
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
  const bytes = decode(signature);
  if (rest.length > 0 || bytes === undefined) return undefined;
  if (!(await crypto.subtle.verify('HMAC', key, bytes, bytesOf(body)))) return undefined;
  const content = decode(body);
  if (content === undefined) return undefined;
  return sealed.parse(JSON.parse(new TextDecoder().decode(content)));
};

const fingerprint = async (question: readonly unknown[]): Promise<string> =>
  encode(await sha256(JSON.stringify(question)));

const invalid = (message: string) => new OpsError('INVALID_CURSOR', message);

const encode = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const decode = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
};
