// The account to work on, and the token for it, as an environment names them.
import { type Result, err, ok } from '../lib/result.ts';
import type { Account } from './api.ts';

/** Or the names of the variables that are missing. */
export const accountIn = (
  env: Readonly<Record<string, string | undefined>>,
): Result<Account, readonly string[]> => {
  const token = env['CLOUDFLARE_API_TOKEN'] ?? '';
  const id = env['CLOUDFLARE_ACCOUNT_ID'] ?? '';
  const missing = [
    ...(token === '' ? ['CLOUDFLARE_API_TOKEN'] : []),
    ...(id === '' ? ['CLOUDFLARE_ACCOUNT_ID'] : []),
  ];
  return missing.length === 0 ? ok({ id, token }) : err(missing);
};
