// The ids of tokens we issue name their client: revocations are kept per client, so whoever wants to revoke an id has to
// know whose it is, and only has the id. The rest of an id is random.
import { fromBase64Url, toBase64Url } from '../lib/base64url.ts';
import { bytesOf } from '../lib/hash.ts';
import { PRINCIPAL_NAME } from './principal.ts';

const OUR_ID = /^([\w-]+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `<base64url of the client>.<uuid>` */
export const tokenIdFor = (client: string, uuid: string): string =>
  `${toBase64Url(bytesOf(client))}.${uuid}`;

/** Whose token this is, or undefined for an id somebody else made. */
export const clientOfTokenId = (id: string): string | undefined => {
  const encoded = OUR_ID.exec(id)?.[1];
  if (encoded === undefined) return undefined;
  const client = new TextDecoder().decode(fromBase64Url(encoded));
  return PRINCIPAL_NAME.test(client) && toBase64Url(bytesOf(client)) === encoded
    ? client
    : undefined;
};
