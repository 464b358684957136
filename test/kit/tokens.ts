// Secrets of the test server, and tokens signed by the library the guide signs them with.
import jwt from 'jsonwebtoken';

import { TOKEN_SNIPPET } from './guide.ts';

export const SHARED_SECRET = 'f3b1c9d07a5e48e2b6d1c0ffee5a9e7d42c1b8a6';
export const JWT_SECRET = '9d2c7e1fa04b4c6d8e3f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f809';
export const RUNNER_TOKEN = 'c0a1e5d2f6b34c7d9e8f70615243a4b5c6d7e8f9';
export const ADMIN_TOKEN = '7be2d94c1f8a4e03b5c6d7a8190f2e3d4c5b6a79';

/** Two keys in force, as MCP_JWT_SECRETS holds them; the first signs. */
export const KEYS = [
  { kid: '2026-11', secret: 'e81f0b6d2c974a53a8b7c6d5e4f30219c8d7b6a5f4e3d2c1b0a99f8e7d6c5b4a' },
  { kid: '2026-08', secret: '4a6c8e0f2b1d3957b9d8c7e6f5a40312d1c2b3a4e5f60718293a4b5c6d7e8f90' },
] as const;

export type Claims = Record<string, unknown>;

/** The guide's own token: `jwt.sign({ sub, client_id }, secret, { expiresIn: '1h' })`, with other claims added. */
export const token = (claims: Claims = {}, secret: string = JWT_SECRET, kid?: string): string =>
  jwt.sign({ sub: 'user-123', client_id: 'my-client', ...claims }, secret, {
    ...('exp' in claims ? {} : { expiresIn: '1h' }),
    ...(kid !== undefined && { keyid: kid }),
  });

export const bearer = (claims: Claims = {}): Record<string, string> => ({
  Authorization: `Bearer ${token(claims)}`,
});

export const withSecret = { 'X-MCP-Secret': SHARED_SECRET } as const;

/** What the guide's `node -e "…"` prints; run by the program that runs these tests where there is no Node. */
export const guideToken = async (): Promise<string> => {
  const run = Bun.spawn([Bun.which('node') ?? process.execPath, '-e', TOKEN_SNIPPET], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { ...process.env, MCP_JWT_SECRET: JWT_SECRET },
  });
  return (await new Response(run.stdout).text()).trim();
};
