// The ids of tokens we issue name their client: revocations are kept per client, so whoever wants to revoke an id has to
// know whose it is, and only has the id. The rest of an id is random.
import { PRINCIPAL_NAME } from './principal.ts';

const OUR_ID = /^([\w-]+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `<base64url of the client>.<uuid>` */
export const tokenIdFor = (client: string, uuid: string): string => `${base64Url(client)}.${uuid}`;

/** Whose token this is, or undefined for an id somebody else made. */
export const clientOfTokenId = (id: string): string | undefined => {
  const encoded = OUR_ID.exec(id)?.[1];
  if (encoded === undefined) return undefined;
  const client = fromBase64Url(encoded);
  return PRINCIPAL_NAME.test(client) && base64Url(client) === encoded ? client : undefined;
};

const base64Url = (ascii: string): string =>
  btoa(ascii).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const fromBase64Url = (encoded: string): string => {
  try {
    return atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
};
