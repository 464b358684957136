// What Cloudflare refuses, in one sentence that says what to do. Its own words are looked at and never shown.
// Codes: 10000 and 9109 are a token that is not taken, 10007 is no such Worker, 10025 no such version, 10220 a secret that
// has changed. For the other rules of going back the documentation gives no codes, so their words are looked at.
import type { CloudflareFailure } from '../cloudflare/api.ts';

export const EARLIER_CODE =
  'Deploy earlier code instead: git revert HEAD, then bun alchemy deploy of the stage.';

export const problemOf = (failure: CloudflareFailure): string => {
  if (failure.type === 'unreachable') return 'Cloudflare does not answer. Try again.';
  if (failure.type === 'unreadable')
    return `Cloudflare answers something else than its API does (HTTP ${failure.status}). Try again, and look at cloudflarestatus.com.`;
  const { status, code } = failure;
  if (isForeign(failure))
    return `Cloudflare does not take this CLOUDFLARE_API_TOKEN for CLOUDFLARE_ACCOUNT_ID (code ${code}): it needs the permission Workers Scripts, Edit.`;
  if (status === 429)
    return 'Cloudflare has had too many requests of this token. Wait five minutes, then try again.';
  if (status >= 500) return `Cloudflare fails (HTTP ${status}). Try again.`;
  if (code === 10_007)
    return 'The account has no Worker of that name. Give it with --worker; the dashboard lists them.';
  return `Cloudflare says no (HTTP ${status}, code ${code}). ${EARLIER_CODE}`;
};

type Refused = Extract<CloudflareFailure, { type: 'refused' }>;

const isForeign = ({ status, code }: Refused): boolean =>
  status === 401 || status === 403 || code === 10_000 || code === 9_109;

/** Why a version may not serve again. */
export const deploymentProblemOf = (failure: CloudflareFailure, version: string): string => {
  if (failure.type !== 'refused' || failure.status >= 500 || isForeign(failure))
    return problemOf(failure);
  const { status, code, message } = failure;
  if (code === 10_220)
    return `A secret has changed since ${version}. With --force it serves again with the secrets it had then: whoever uses a newer one is refused until the next deploy.`;
  if (code === 10_025 || (status === 404 && code !== 10_007))
    return 'Cloudflare has no such version of this Worker. List them: bun mcp rollback --list';
  if (/migration/i.test(message))
    return `The classes of Durable Objects were changed since ${version}, and Cloudflare goes back over no such migration. ${EARLIER_CODE}`;
  if (/latest|deployable|too old/i.test(message))
    return `Cloudflare deploys the 100 latest versions only, and ${version} is older. ${EARLIER_CODE}`;
  if (status === 400 || status === 409)
    return `Cloudflare does not let ${version} serve again (code ${code}): something it is bound to is gone or has changed. ${EARLIER_CODE}`;
  return problemOf(failure);
};
