// Questions to Cloudflare's own API before Alchemy does anything, with the credentials that Alchemy will use: an API token,
// an API key or a login, where src/cloudflare knows tokens alone. They go along no redirect.
import type * as Cloudflare from 'alchemy/Cloudflare';
import type * as Effect from 'effect/Effect';
import * as Redacted from 'effect/Redacted';

const API = 'https://api.cloudflare.com/client/v4';
const ANSWER_MS = 10_000;

export type Account = Effect.Success<Cloudflare.CloudflareEnvironment['Service']>;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What stands under `workers/` of the account. */
export const askWorkers = (account: Account, path: string): Promise<Answer | undefined> =>
  askFor(`${API}/accounts/${account.accountId}/workers/${path}`, credentialsOf(account));

/** Undefined when nothing answered. */
export const askFor = async (
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer | undefined> => {
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, body };
  } catch {
    return undefined;
  }
};

const credentialsOf = (account: Account): Record<string, string> => {
  switch (account.type) {
    case 'apiToken':
      return { authorization: `Bearer ${Redacted.value(account.apiToken)}` };
    case 'oauth':
      return { authorization: `Bearer ${Redacted.value(account.accessToken)}` };
    case 'apiKey':
      return {
        'x-auth-key': Redacted.value(account.apiKey),
        'x-auth-email': Redacted.value(account.email),
      };
  }
};
