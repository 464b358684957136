// Mutants that change nothing anybody could see, each with the reason. They are left out of the figures; the runner tries
// them all the same, and fails for one that a test does notice.
import { type Mutant, mutantsOf } from './mutants.ts';

type Change = readonly [from: string, to: string];

interface Equivalent {
  readonly file: string;
  /** The line it begins on, as it stands there. */
  readonly line: string;
  /** What the mutant puts in the place of what. */
  readonly changes: readonly Change[];
  readonly why: string;
}

const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: 'src/contract/stage-pattern.ts',
    line: "const [head = '', ...rest] = pattern.split('*');",
    changes: [["''", "'another'"]],
    why: 'A text that is split has a first part.',
  },
  {
    file: 'src/mcp/token-memory.ts',
    line: 'if (oldest !== undefined) byText.delete(oldest);',
    changes: [['oldest !== undefined', 'true']],
    why: 'No token is undefined, so deleting that deletes nothing.',
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
    file: 'src/operations/lease.ts',
    line: 'const isSound = planned !== undefined && planned <= now + pause && planned > now - pause;',
    changes: [
      ['planned !== undefined', 'true'],
      ['<=', '<'],
    ],
    why: 'Undefined is not less than anything; and at the very moment both answers are the same.',
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
    file: 'src/mcp/stage/sql/lexer.ts',
    line: 'if (inner > 0) {',
    changes: [['>', '>=']],
    why: 'The line before has refused 0.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: 'const statement = sql.slice(0, body.at(-1)?.end ?? 0);',
    changes: [
      ['?.', '.'],
      ['0', '(0 + 1)'],
    ],
    why: 'There is a last word, or the text was refused as empty.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "['name', /[A-Za-z_\\u0080-\\uFFFF][A-Za-z0-9_$\\u0080-\\uFFFF]*/y],",
    changes: [["'name'", "''"]],
    why: 'Nobody asks whether a token is a name.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "if (closing === ']' || sql[at + 1] !== closing) {",
    changes: [
      ["closing === ']'", 'true'],
      ['sql[at + 1] !== closing', 'true'],
    ],
    why: 'A text with a doubled quote becomes two texts side by side, which end where the one ends.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "return ok({ kind: 'quoted', start, end: at + 1 });",
    changes: [["'quoted'", "''"]],
    why: 'Nobody asks whether a token is quoted.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "if (kind !== 'symbol') continue;",
    changes: [["kind !== 'symbol'", 'false']],
    why: 'No other token begins with a parenthesis.',
  },
  {
    file: 'src/operations/approval.ts',
    line: 'planned === undefined || digest !== planned',
    changes: [['planned === undefined', 'false']],
    why: 'No digest is undefined.',
  },
];

const lineAt = (source: string, at: number): string => {
  const begin = source.lastIndexOf('\n', at - 1) + 1;
  const end = source.indexOf('\n', at);
  return source.slice(begin, end < 0 ? undefined : end).trim();
};

/** Whether `mutant` of `source` is that change of the line listed. */
const isThat = ({ line }: Equivalent, [from, to]: Change, source: string, mutant: Mutant) =>
  line === lineAt(source, mutant.start) &&
  from === source.slice(mutant.start, mutant.end) &&
  to === mutant.replacement;

export const isEquivalent = (file: string, source: string, mutant: Mutant): boolean =>
  EQUIVALENTS.some(
    (known) =>
      known.file === file && known.changes.some((change) => isThat(known, change, source, mutant)),
  );

/** Those of which there is no such mutant any more: to be looked at again. */
export const staleEquivalents = (read: (file: string) => string): readonly string[] =>
  EQUIVALENTS.flatMap((known) => {
    const source = read(known.file);
    const mutants = mutantsOf(known.file, source);
    return known.changes
      .filter((change) => !mutants.some((mutant) => isThat(known, change, source, mutant)))
      .map(([from, to]) => `${known.file}: ${known.line}: ${from} → ${to}`);
  });
