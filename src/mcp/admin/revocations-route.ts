// Ends tokens before their time: one, or all that a client was given up to now.
import { type Revocation, revocationSchema } from '../../contract/admin.ts';
import { errorName } from '../../lib/error-name.ts';
import { log } from '../../lib/log.ts';
import { httpError } from '../http-error.ts';
import { type Handler, readBody } from './admin-route.ts';

const RETRY_AFTER_S = 5;
/** The year 5138; more is milliseconds by mistake. */
const MAX_SECONDS = 99_999_999_999;

const EXPECTED =
  'Send {"client"} to end all its tokens, or {"client", "jti", "until"} for one; until is in seconds since the epoch.';

export const revokeTokens: Handler = async (call) => {
  const { revoke, requestId } = call.dependencies;
  const body = await readBody(call, revocationSchema, EXPECTED);
  if (!body.ok) return body.error;
  const revocation = body.value;
  if ('jti' in revocation && revocation.until > MAX_SECONDS)
    return httpError('BAD_REQUEST', EXPECTED, requestId);
  try {
    await revoke(revocation);
  } catch (error) {
    return notRevoked(revocation, error, requestId);
  }
  log('WARN', 'admin.revoked', { requestId, by: call.by, ...revocation });
  return Response.json({ revoked: revocation });
};

/** Whoever revokes a token does it in haste: that it is still good must be plain, and worth trying again. */
const notRevoked = ({ client }: Revocation, error: unknown, requestId: string): Response => {
  log('ERROR', 'admin.revoke_failed', { requestId, client, error: errorName(error) });
  return httpError('LIMITER_UNAVAILABLE', 'Nothing was revoked. Send it again.', requestId, {
    headers: { 'Retry-After': String(RETRY_AFTER_S) },
    extra: { retryAfter: RETRY_AFTER_S },
  });
};
