// What a runner proves itself with. In a workflow of GitHub it asks GitHub for an identity, which is good for minutes and
// for one address: so it asks anew for each connection.
import { z } from 'zod';

const TIMEOUT_MS = 10_000;

/** What opens the server at an origin. It may fail, and be asked again. */
export type Credential = (origin: string) => Promise<string>;

export const sharedToken =
  (token: string): Credential =>
  () =>
    Promise.resolve(token);

const answerSchema = z.object({ value: z.string().min(1) });

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined outside a workflow, or in one that may not have an identity (`permissions: id-token: write`). */
export const githubIdentity = (env: Env): Credential | undefined => {
  const url = env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '';
  const token = env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  if (token === '' || !URL.canParse(url)) return undefined;
  const chosen = env['MCP_RUNNER_OIDC_AUDIENCE'] ?? '';
  return async (origin) => {
    const address = new URL(url);
    address.searchParams.set('audience', chosen === '' ? origin : chosen);
    const response = await fetch(address, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`GitHub gives no identity: status ${response.status}.`);
    return answerSchema.parse(await response.json()).value;
  };
};
