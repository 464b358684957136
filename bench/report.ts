// The figures as docs/performance.md shows them. What was thought about them stands there by hand, outside the markers.
import type { CountedRequests } from './counts.ts';
import type { DeployFigures } from './deploys.ts';
import { AS_LONG_AS_64, AS_LONG_AS_8, type RequestFigures } from './requests-run.ts';
import type { Row } from './rounds.ts';
import type { Curve } from './scaling.ts';
import type { Size } from './size.ts';

export interface Figures {
  readonly machine: string;
  readonly date: string;
  readonly requests: RequestFigures;
  readonly counts: CountedRequests;
  readonly sizes: {
    readonly uploaded: Size;
    /** gzip bytes, by part. */
    readonly parts: Readonly<Record<string, number>>;
  };
  readonly curves: readonly Curve[];
  readonly deploys: DeployFigures;
}

const CASES: Record<Row['asked'], string> = {
  list: 'tools/list',
  call: 'tools/call, a cheap tool',
  query: 'tools/call query_database',
  'no-credential': '401, no credential, a new address every five',
  'bad-signature': '401, a bad signature, likewise',
  limited: '429, over its limit',
};

const ERA_NAMES = ['legacy', 'modern'] as const;
const NOTHING: readonly [string?, string?] = [];
const ERAS = { legacy: '2025-11-25', modern: '2026-07-28' } as const;

export const report = (figures: Figures): string =>
  [
    `${figures.date}, ${figures.machine}.`,
    goals(figures),
    '## Requests',
    requestTable(figures.requests.rows),
    '## Tools',
    requestTable(figures.requests.flat),
    '## Memory and start',
    memory(figures.requests),
    '## Size',
    sizes(figures),
    '## Plan and deploy',
    deploys(figures.deploys),
    '## Growth',
    ...figures.curves.map(({ name, title }) => `![${title}](performance/${name}.svg)`),
  ].join('\n\n');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const ratio = ({ median, low, high }: Row['ratio']): string =>
  `${median.toFixed(3)} (${low.toFixed(2)}–${high.toFixed(2)})`;

const requestTable = (rows: readonly Row[]): string =>
  table(
    [
      'case',
      'revision',
      'who',
      'requests/s',
      'of hello',
      'CPU µs',
      'of hello, CPU',
      'p50 ms',
      'p99 ms',
    ],
    rows.map((row) => [
      CASES[row.asked],
      ERAS[row.era],
      row.label,
      row.requestsPerSecond.median.toFixed(0),
      ratio(row.ratio),
      row.cpu.toFixed(0),
      ratio(row.cpuRatio),
      row.p50.toFixed(1),
      row.p99.toFixed(1),
    ]),
  );

const rowOf = (
  rows: readonly Row[],
  label: string,
  asked: Row['asked'],
  era: Row['era'] = 'legacy',
): Row => {
  const found = rows.find((row) => row.label === label && row.asked === asked && row.era === era);
  if (found === undefined) throw new Error(`Nothing was measured of ${label}, ${asked}.`);
  return found;
};

const met = (is: boolean): string => (is ? 'met' : 'not met');
const kib = (bytes: number): string => `${(bytes / 1_024).toFixed(0)} KiB`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const LEAST_RATIO = 0.22;
const LEAST_REFUSED = 0.5;
const MOST_GZIP = 150 * 1_024;
const MOST_PLAN_MS = 3_000;
const MOST_DEPLOY_MS = 8_000;
const MOST_SHARE = 0.2;
const MOST_SLOPE = 0.1;

const goals = ({ requests, counts, sizes: { uploaded }, deploys }: Figures): string => {
  const { rows, flat } = requests;
  const served = (['list', 'call'] as const).flatMap((asked) =>
    (['legacy', 'modern'] as const).map((era) => {
      const row = rowOf(rows, 'ours', asked, era);
      return [
        `${CASES[asked]}, ${ERAS[era]}: ≥ ${LEAST_RATIO} of hello`,
        `${row.ratio.median.toFixed(3)}; ${row.cpuRatio.median.toFixed(3)} by CPU`,
        met(row.ratio.median >= LEAST_RATIO),
      ];
    }),
  );
  const slopesOf = (asked: 'list' | 'call', [few, many] = NOTHING): number[] =>
    ERA_NAMES.map((era) => {
      const costOf = (label: string, bare: string | undefined) =>
        rowOf(flat, label, asked, era).cpu -
        (bare === undefined ? 0 : rowOf(flat, bare, asked, era).cpu);
      return costOf('64 tools', many) / costOf('8 tools', few) - 1;
    });
  const slopes = { list: slopesOf('list'), call: slopesOf('call') };
  const ownSlopes = slopesOf('list', [AS_LONG_AS_8, AS_LONG_AS_64]);
  const refused = (['no-credential', 'bad-signature'] as const).map((asked) => {
    const row = rowOf(rows, 'ours', asked);
    return [
      `${CASES[asked]}: ≥ ${LEAST_REFUSED}`,
      row.ratio.median.toFixed(3),
      met(row.ratio.median >= LEAST_REFUSED),
    ];
  });
  const objects = (counts.later['object CLIENT_LIMITER'] ?? 0) / counts.laterRequests;
  const reads = (counts.later['kv get'] ?? 0) / counts.laterRequests;
  return table(
    ['goal, at 16 tools with token, rollout and exact limit', 'measured', ''],
    [
      ...served,
      ...(['list', 'call'] as const).map((asked) => [
        `${CASES[asked]}, CPU from 8 to 64 tools: within 10 %`,
        slopes[asked].map(percent).join(', '),
        met(slopes[asked].every((slope) => slope <= MOST_SLOPE)),
      ]),
      [
        'the same of a list, without what the runtime takes to send as many bytes',
        ownSlopes.map(percent).join(', '),
        met(ownSlopes.every((slope) => slope <= MOST_SLOPE)),
      ],
      ...refused,
      [
        'a request asks ≤ 1 Durable Object and ≤ 1 KV value',
        `${objects} and ${reads}`,
        met(objects <= 1 && reads <= 1),
      ],
      ['bundle ≤ 150 KiB gzip', kib(uploaded.gzipBytes), met(uploaded.gzipBytes <= MOST_GZIP)],
      [`plan ≤ ${seconds(MOST_PLAN_MS)}`, seconds(deploys.plan), met(deploys.plan <= MOST_PLAN_MS)],
      [
        `deploy ≤ ${seconds(MOST_DEPLOY_MS)}`,
        seconds(deploys.deploy),
        met(deploys.deploy <= MOST_DEPLOY_MS),
      ],
      [
        'of which ours ≤ 20 %',
        `plan ${percent(deploys.planShare)}, deploy ${percent(deploys.deployShare)}`,
        met(deploys.planShare <= MOST_SHARE && deploys.deployShare <= MOST_SHARE),
      ],
    ],
  );
};

const memory = ({
  memory: { requests, beforeMiB, afterMiB, cpuMicros },
  coldStart,
}: RequestFigures): string =>
  [
    `${requests.toLocaleString('en-US')} requests, lists and calls of both revisions in turn: resident ${beforeMiB.toFixed(0)} MiB before, then ${afterMiB.map((mib) => mib.toFixed(0)).join(', ')} after each tenth; ${(cpuMicros / requests).toFixed(0)} µs of processor a request.`,
    `The first answer of a new isolate, its code compiled and its settings read: ${Object.entries(
      coldStart,
    )
      .map(([subject, ms]) => `${subject} ${ms.toFixed(0)} ms`)
      .join(', ')}.`,
  ].join('\n\n');

const sizes = ({ sizes: { uploaded, parts } }: Figures): string =>
  table(
    ['the Worker', 'bytes', 'gzip'],
    [
      ['as Alchemy uploads it', String(uploaded.bytes), kib(uploaded.gzipBytes)],
      ...Object.entries(parts).map(([part, bytes]) => [`of it ${part}`, '', kib(bytes)]),
    ],
  );

const deploys = (figures: DeployFigures): string =>
  table(
    ['the demo stack, locally', 'Alchemy alone', 'our runner', 'more'],
    [
      ['plan', seconds(figures.planAlone), seconds(figures.plan), percent(figures.planShare)],
      ['deploy, until Alchemy returns', seconds(figures.deployReturned), '', ''],
      [
        'deploy, until it serves',
        seconds(figures.deployAlone),
        seconds(figures.deploy),
        percent(figures.deployShare),
      ],
    ],
  );
