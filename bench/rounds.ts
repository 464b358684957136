// Short slices of load on all contenders in turn, again and again: what the neighbours do to one they do to all, and a
// ratio is taken within a round only.
import { type Contender, freshClient } from './contenders.ts';
import { load, type Outcome, percentile } from './load.ts';
import { cpuMicros } from './process-facts.ts';
import { bearerOf, type Case, type Era, requestOf } from './requests.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

const CONNECTIONS = 16;
/** What a slice should take; a limited client has 10,000 requests. */
const SLICE_MS = 250;
const FEWEST = 60;
const MOST = 4_000;

export interface Entry {
  readonly label: string;
  readonly contender: Contender;
  readonly asked: Case;
  readonly era: Era;
}

export interface Row extends Omit<Entry, 'contender'> {
  readonly requestsPerSecond: Spread;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, for a request, in microseconds. */
  readonly cpu: number;
  /** To hello in the same round: requests a second, and processor time. */
  readonly ratio: Spread;
  readonly cpuRatio: Spread;
}

interface Slice {
  readonly perSecond: number;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

/** The first entry is hello. */
export const runRounds = async (entries: readonly Entry[], rounds: number): Promise<Row[]> => {
  const slices = entries.map((): Slice[] => []);
  const sizes: number[] = [];
  for (const entry of entries) sizes.push(await calibrate(entry));
  for (let round = 0; round < rounds; round += 1)
    for (const [index, entry] of entries.entries())
      slices[index]?.push(await slice(entry, sizes[index] ?? FEWEST));
  const [hello = []] = slices;
  return entries.map(({ contender: _, ...entry }, index) =>
    rowOf(entry, slices[index] ?? [], hello),
  );
};

const rowOf = (
  entry: Omit<Entry, 'contender'>,
  slices: readonly Slice[],
  hello: readonly Slice[],
): Row => ({
  ...entry,
  requestsPerSecond: spreadOf(slices.map(({ perSecond }) => perSecond)),
  p50: median(slices.map(({ p50 }) => p50)),
  p99: median(slices.map(({ p99 }) => p99)),
  cpu: median(slices.map(({ cpu }) => cpu)),
  ratio: spreadOf(
    slices.map(({ perSecond }, n) => perSecond / (hello[n]?.perSecond ?? Number.NaN)),
  ),
  cpuRatio: spreadOf(slices.map(({ cpu }, n) => (hello[n]?.cpu ?? Number.NaN) / cpu)),
});

/** Warms the contender up, and finds how many requests a slice has. */
const calibrate = async (entry: Entry): Promise<number> => {
  let size = FEWEST;
  for (let warmUp = 0; warmUp < 4; warmUp += 1) {
    const { perSecond } = await slice(entry, size);
    size = Math.round(Math.min(MOST, Math.max(FEWEST, (perSecond * SLICE_MS) / 1_000)));
  }
  return size;
};

const slice = async (entry: Entry, total: number): Promise<Slice> => {
  const { contender, asked } = entry;
  const requests = await requestsFor(entry, total);
  const before = cpuMicros(contender.pid);
  const outcome = await load({
    target: contender.target,
    requests,
    connections: CONNECTIONS,
    total,
  });
  const cpu = (cpuMicros(contender.pid) - before) / total;
  if (!isMiscounting(entry)) requireStatus(entry, outcome, isBare(contender) ? 200 : STATUS[asked]);
  return {
    perSecond: total / outcome.seconds,
    cpu,
    p50: percentile(outcome.latencies, 0.5),
    p99: percentile(outcome.latencies, 0.99),
  };
};

const STATUS: Record<Case, number> = {
  list: 200,
  call: 200,
  query: 200,
  'no-credential': 401,
  'bad-signature': 401,
  limited: 429,
};

const isBare = ({ subject }: Contender): boolean => subject === 'hello' || subject === 'constant';

/** Its count begins anew with each minute of the clock, and lets through whatever comes at once. */
const isMiscounting = ({ contender: { subject }, asked }: Entry): boolean =>
  subject === 'kv-counter' && asked === 'limited';

const requireStatus = ({ label, asked }: Entry, { statuses }: Outcome, expected: number): void => {
  const others = [...statuses].filter(([status]) => status !== expected);
  if (others.length > 0)
    throw new Error(`${label}, ${asked}: ${others.map(([s, n]) => `${n} × ${s}`).join(', ')}`);
};

const LIMITED_CLIENT = 'limited';
/** Below what an address may fail with before it is shut out. */
const FAILURES_AN_ADDRESS = 5;
let failures = 0;

const failingAddress = (): string => {
  const n = Math.floor(failures++ / FAILURES_AN_ADDRESS);
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
};

const requestsFor = async (
  { contender: { target }, asked, era }: Entry,
  total: number,
): Promise<Uint8Array[]> => {
  if (asked === 'no-credential' || asked === 'bad-signature') {
    const { authorization = '' } = bearerOf('nobody');
    const forged =
      asked === 'bad-signature' ? { authorization: `${authorization.slice(0, -4)}AAAA` } : {};
    return Array.from({ length: total }, () =>
      requestOf('list', era, { 'cf-connecting-ip': failingAddress(), ...forged }),
    );
  }
  const client = asked === 'limited' ? LIMITED_CLIENT : freshClient();
  const request = requestOf(asked === 'limited' ? 'list' : asked, era, bearerOf(client));
  // The token is known from here on, and its limit; a limited client has used it up.
  const first = asked === 'limited' ? 110 : 1;
  await load({ target, requests: [request], connections: 1, total: first });
  return [request];
};
