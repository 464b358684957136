// Which tokens of one client are no longer good, though their signature is. Rules over data, and the two tables they
// are kept in. The limiter object answers them in the round trip it makes anyway, so a revocation holds from the next
// request on; a value in KV would take a minute.
import { z } from 'zod';

/**
 * A revocation outlives its token by this much: verifiers allow for clocks that differ, and a token must not come back
 * to life in the seconds between our clock and theirs.
 */
const GRACE_S = 300;

/** Seconds since the epoch. Milliseconds by mistake would shut a client out for millennia, so they are refused. */
const seconds = z.number().min(0).max(99_999_999_999);

export const revocationEntrySchema = z.union([
  /** One token, until it ends by itself. */
  z.strictObject({ jti: z.string().min(1).max(512), until: seconds }),
  /** Every token issued in that second or earlier, and every token that does not say when it was issued. */
  z.strictObject({ before: seconds }),
]);

export type RevocationEntry = z.output<typeof revocationEntrySchema>;

/** What a token says of itself. */
export interface TokenFacts {
  readonly jti?: string | undefined;
  /** Seconds since the epoch. */
  readonly issuedAt?: number | undefined;
}

export interface Revoked {
  /** jti → when the token would have ended, in seconds. */
  readonly tokens: ReadonlyMap<string, number>;
  readonly before: number | undefined;
}

export const isRevoked = (
  { jti, issuedAt }: TokenFacts,
  { tokens, before }: Revoked,
  nowMs: number,
): boolean => {
  // A token says its second, not its moment. Of those of the very second, none is worth the doubt.
  if (before !== undefined && (issuedAt === undefined || issuedAt <= before)) return true;
  const until = jti === undefined ? undefined : tokens.get(jti);
  return until !== undefined && !isPast(until, nowMs);
};

const isPast = (until: number, nowMs: number): boolean => (until + GRACE_S) * 1_000 <= nowMs;

export class RevocationStore {
  readonly #storage: DurableObjectStorage;
  readonly #tokens: Map<string, number>;
  #before: number | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS revoked_token (jti TEXT PRIMARY KEY, until REAL NOT NULL);
      CREATE TABLE IF NOT EXISTS not_before (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL)`);
    const tokens = storage.sql.exec<{ jti: string; until: number }>(
      'SELECT jti, until FROM revoked_token',
    );
    this.#tokens = new Map(tokens.toArray().map(({ jti, until }) => [jti, until]));
    const [row] = storage.sql.exec<{ at: number }>('SELECT at FROM not_before').toArray();
    this.#before = row?.at;
  }

  get revoked(): Revoked {
    return { tokens: this.#tokens, before: this.#before };
  }

  /** Memory follows the disk, so that a write that fails revokes nothing half-way. */
  add(revocation: RevocationEntry, nowMs: number): void {
    if ('before' in revocation) return this.#raise(revocation.before);
    const { jti, until } = revocation;
    const past = [...this.#tokens].flatMap(([known, end]) => (isPast(end, nowMs) ? [known] : []));
    // A second revocation of the same token does not shorten the first.
    const end = Math.max(until, this.#tokens.get(jti) ?? 0);
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      for (const known of past) sql.exec('DELETE FROM revoked_token WHERE jti = ?', known);
      sql.exec('INSERT OR REPLACE INTO revoked_token (jti, until) VALUES (?, ?)', jti, end);
    });
    for (const known of past) this.#tokens.delete(known);
    this.#tokens.set(jti, end);
  }

  /** The epoch only ever rises: nothing gives a token back. */
  #raise(before: number): void {
    if (this.#before !== undefined && before <= this.#before) return;
    this.#storage.sql.exec('INSERT OR REPLACE INTO not_before (id, at) VALUES (1, ?)', before);
    this.#before = before;
  }
}
