// Of who calls, the limiter and the dark launch: see equivalents.ts.
import type { Equivalent } from './equivalents.ts';

export const EDGE: readonly Equivalent[] = [
  {
    file: 'src/contract/stage-pattern.ts',
    line: "const [head = '', ...rest] = pattern.split('*');",
    changes: [["''", "'another'"]],
    why: 'A text that is split has a first part.',
  },
  {
    file: 'src/mcp/auth.ts',
    line: 'const MAX_CHECKED_TOKENS = 1_000;',
    changes: [['1_000', '(1_000 + 1)']],
    why: 'How many tokens are remembered is no promise: one that is forgotten is checked again.',
  },
  {
    file: 'src/mcp/limits/address.ts',
    line: "const text = headers.get('cf-connecting-ip')?.trim() ?? '';",
    changes: [["''", "'another'"]],
    why: 'Neither is an address.',
  },
  {
    file: 'src/mcp/limits/address.ts',
    line: "if (!text.includes(':') || !/^[\\da-f:.]{2,45}$/i.test(text)) return undefined;",
    changes: [
      ["text.includes(':')", 'true'],
      ["':'", "''"],
    ],
    why: 'The URL parser takes nothing without a colon for IPv6 either; asking first is cheaper.',
  },
  {
    file: 'src/mcp/limits/address.ts',
    line: "const [left = '', right] = url.hostname.slice(1, -1).split('::');",
    changes: [["''", "'another'"]],
    why: 'A text that is split has a first part.',
  },
  {
    file: 'src/mcp/limits/address.ts',
    line: "const after = right === undefined || right === '' ? [] : right.split(':');",
    changes: [
      ["right === ''", 'false'],
      ["''", "'another'"],
    ],
    why: 'It changes the last group of an address that ends in zeros, and only the first four are told.',
  },
  {
    file: 'src/mcp/limits/sliding-log.ts',
    line: 'if (this.#head < CUT_AT && this.#head < this.#ats.length) return;',
    changes: [
      ['this.#head < CUT_AT', 'true'],
      ['this.#head < CUT_AT', 'false'],
      ['this.#head < this.#ats.length', 'true'],
      ['this.#head < this.#ats.length', 'false'],
      ['<', '<='],
      ['<', '>='],
      ['&&', '||'],
    ],
    why: 'It decides when memory of forgotten entries is given back, and nothing else.',
  },
  {
    file: 'src/mcp/limits/sliding-log.ts',
    line: 'const CUT_AT = 1_024;',
    changes: [['1_024', '(1_024 + 1)']],
    why: 'It decides when memory of forgotten entries is given back, and nothing else.',
  },
  {
    file: 'src/mcp/limits/sliding-log.ts',
    line: 'return { at: this.#ats[index] ?? 0, count: this.#counts[index] ?? 0 };',
    changes: [['0', '(0 + 1)']],
    why: 'Nobody asks for an entry beyond the end.',
  },
  {
    file: 'src/mcp/limits/sliding-log.ts',
    line: 'for (let index = this.#head; index < this.#ats.length; index += 1) {',
    changes: [['<', '<=']],
    why: 'An entry beyond the end counts nothing.',
  },
  {
    file: 'src/mcp/limits/sliding-log.ts',
    line: 'while (this.#head < this.#ats.length) {',
    changes: [['<', '<=']],
    why: 'An entry beyond the end counts nothing, and the head is put back right after.',
  },
  {
    file: 'src/mcp/limits/limits.ts',
    line: 'remembered.set(client, { limit: read.limit, readAt: at, readingUntil: 0 });',
    changes: [['0', '(0 + 1)']],
    why: 'Both moments are half a century ago.',
  },
  {
    file: 'src/mcp/rollout/rollout.ts',
    line: 'if (isTester(principal, known) || known?.flags.tools.size === 0) return NOTHING;',
    changes: [['known?.flags.tools.size === 0', 'false']],
    why: 'A short cut: without a percentage every tool is open to everybody.',
  },
  {
    file: 'src/mcp/rollout/rollout.ts',
    line: 'return percentage === 100 || isIn(bucketOf(PERCENTAGE_KEY, principal.client), percentage)',
    changes: [
      ['percentage === 100', 'false'],
      ['100', '(100 + 1)'],
    ],
    why: 'A short cut: every place is below 100.',
  },
  {
    file: 'src/mcp/rollout/rollout.ts',
    line: 'flags === undefined ? 0 : (flags.tools.get(tool) ?? 100);',
    changes: [['100', '(100 + 1)']],
    why: 'Every place is below 100.',
  },
  {
    file: 'src/mcp/limits/brute-force.ts',
    line: 'if (until !== undefined && at < until) return { retryAfterS: secondsOf(until - at) };',
    changes: [['until !== undefined', 'true']],
    why: 'Nothing is less than undefined.',
  },
  {
    file: 'src/mcp/limits/brute-force.ts',
    line: 'if (until !== undefined) blocked.delete(address);',
    changes: [['until !== undefined', 'true']],
    why: 'It deletes what is not there.',
  },
  {
    file: 'src/mcp/limits/revocations.ts',
    line: 'const until = jti === undefined ? undefined : tokens.get(jti);',
    changes: [['jti === undefined', 'false']],
    why: 'No token is kept under undefined.',
  },
  {
    file: 'src/mcp/limits/revocations.ts',
    line: 'if (this.#before !== undefined && before <= this.#before) return;',
    changes: [
      ['this.#before !== undefined', 'true'],
      ['<=', '<'],
    ],
    why: 'Nothing is less than undefined; and to write the same epoch again changes nothing.',
  },
  {
    file: 'src/mcp/auth.ts',
    line: 'else if (known === undefined) checked.set(token, claims.value);',
    changes: [['known === undefined', 'true']],
    why: 'The same claims again; which of a thousand tokens is forgotten first is no promise.',
  },
  {
    file: 'src/mcp/auth.ts',
    line: 'if (token === undefined || settings.adminToken === undefined) return false;',
    changes: [['settings.adminToken === undefined', 'false']],
    why: 'Undefined is hashed as the empty text is, and no token is empty.',
  },
  {
    file: 'src/lib/hash.ts',
    line: 'return x.reduce((difference, byte, index) => difference | (byte ^ (y[index] ?? 0)), 0) === 0;',
    changes: [['0', '(0 + 1)', 'y[index] ?? ']],
    why: 'Two hashes are of the same length.',
  },
  {
    file: 'src/mcp/origin.ts',
    line: 'export const isLocalHost = (host: string | null): boolean => host !== null && LOCAL_HOST.test(host);',
    changes: [['host !== null', 'true']],
    why: 'As a text, null is no such name.',
  },
  {
    file: 'src/contract/token.ts',
    line: "if (Math.max(nbf ?? 0, iat ?? 0) > nowS + CLOCK_TOLERANCE_S) return err('not_yet_valid');",
    changes: [['0', '(0 + 1)']],
    why: 'Both moments are half a century ago.',
  },
  {
    file: 'src/mcp/limits/with-retry.ts',
    line: "error instanceof Error && 'overloaded' in error && error.overloaded === true;",
    changes: [["'overloaded' in error", 'true']],
    why: 'What is not there is undefined.',
  },
  {
    file: 'src/mcp/limits/coarse.ts',
    line: "'limit' in binding &&",
    changes: [["'limit' in binding", 'true']],
    why: 'What is not there is undefined.',
  },
];
