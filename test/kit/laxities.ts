// Credentials that are good elsewhere, and that strict mode must refuse all the same.
import { type Credentials, HEADER, type Json, bearer, claims, each, signed } from './forgeries.ts';
import { JWT_SECRET, KEYS, token } from './tokens.ts';

/** What a server in strict mode refuses, with the two keys of MCP_JWT_SECRETS in force. */
export const laxities = (): [string, Credentials][] => {
  const [key, other] = KEYS;
  const full = { iss: 'alchemy-mcp-worker', aud: 'alchemy-mcp-worker', jti: 'j-1' };
  const strictly = (over: Json, header: Json = { kid: key.kid }, secret: string = key.secret) =>
    signed({ ...HEADER, ...header }, claims({ ...full, ...over }), secret);
  return each(
    {
      'the guide’s own token': token(),
      'no iss': strictly({ iss: undefined }),
      'no aud': strictly({ aud: undefined }),
      'no jti': strictly({ jti: undefined }),
      'no iat': strictly({ iat: undefined }),
      'another iss': strictly({ iss: 'https://id.example' }),
      'another aud': strictly({ aud: 'https://other.example/mcp' }),
      'aud for nobody': strictly({ aud: [] }),
      'no kid': strictly({}, {}),
      'no kid, with MCP_JWT_SECRET': strictly({}, {}, JWT_SECRET),
      'the kid of the other key': strictly({}, { kid: other.kid }),
      'MCP_JWT_SECRET under the kid of another': strictly({}, { kid: key.kid }, JWT_SECRET),
    },
    bearer,
  );
};
