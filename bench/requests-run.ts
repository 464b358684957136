// The whole request path, against hello and the peers, in one interleaved run; and how it holds with more tools.
import { type Contender, startContender } from './contenders.ts';
import { freshClient } from './contenders.ts';
import { load } from './load.ts';
import { cpuMicros, residentMiB } from './process-facts.ts';
import { bearerOf, type Case, type Era, requestOf } from './requests.ts';
import { type Entry, type Row, runRounds } from './rounds.ts';
import { median } from './statistics.ts';

const ERAS: readonly Era[] = ['legacy', 'modern'];
const SERVED: readonly Case[] = ['list', 'call', 'query'];
const REFUSED: readonly Case[] = ['no-credential', 'bad-signature', 'limited'];

const PEERS = {
  sdk: 'the SDK alone',
  agents: 'agents/mcp/server',
  'kv-counter': 'KV counter',
} as const;

/** A Worker that does nothing but answer as many bytes as the list of so many tools has. */
export const AS_LONG_AS_8 = 'a constant as long as 8';
export const AS_LONG_AS_64 = 'a constant as long as 64';

export interface RequestFigures {
  readonly rows: readonly Row[];
  readonly flat: readonly Row[];
  readonly memory: MemoryFigures;
  /** Milliseconds, by subject. */
  readonly coldStart: Readonly<Record<string, number>>;
}

export const measureRequests = async (rounds: number): Promise<RequestFigures> => {
  await using stack = new AsyncDisposableStack();
  const start = async (...of: Parameters<typeof startContender>) =>
    stack.use(await startContender(...of));
  const hello = await start('hello');
  const ours = await start('ours');
  const peers = [await start('sdk'), await start('agents'), await start('kv-counter')];
  const few = await start('ours', 8);
  const many = await start('ours', 64);
  const rows: Row[] = [];
  const at = (label: string, contender: Contender, asked: Case, era: Era): Entry => ({
    label,
    contender,
    asked,
    era,
  });
  for (const asked of SERVED)
    for (const era of ERAS)
      rows.push(
        ...(await runRounds(
          [
            at('hello', hello, asked, era),
            at('ours', ours, asked, era),
            ...peers.map((peer) => at(PEERS[peer.subject as keyof typeof PEERS], peer, asked, era)),
          ],
          rounds,
        )),
      );
  const counter = peers.filter(({ subject }) => subject === 'kv-counter');
  for (const asked of REFUSED)
    rows.push(
      ...(await runRounds(
        [
          at('hello', hello, asked, 'legacy'),
          at('ours', ours, asked, 'legacy'),
          ...counter.map((peer) => at(PEERS['kv-counter'], peer, asked, 'legacy')),
        ],
        rounds,
      )),
    );
  const lengths = { few: await listLength(few), many: await listLength(many) };
  const short = await start('constant', lengths.few);
  const long = await start('constant', lengths.many);
  const flat: Row[] = [];
  for (const asked of ['list', 'call'] as const)
    for (const era of ERAS)
      flat.push(
        ...(await runRounds(
          [
            at('hello', hello, asked, era),
            at('8 tools', few, asked, era),
            at('16 tools', ours, asked, era),
            at('64 tools', many, asked, era),
            ...(asked === 'list'
              ? [at(AS_LONG_AS_8, short, asked, era), at(AS_LONG_AS_64, long, asked, era)]
              : []),
          ],
          rounds,
        )),
      );
  const memory = await measureMemory(ours);
  return { rows, flat, memory, coldStart: await measureColdStart() };
};

/** Of the answer to tools/list. */
const listLength = async ({ cloud }: Contender): Promise<number> => {
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const answer = await cloud.fetch('/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...bearerOf(freshClient()),
    },
    body: JSON.stringify(request),
  });
  return (await answer.arrayBuffer()).byteLength;
};

export interface MemoryFigures {
  readonly requests: number;
  readonly beforeMiB: number;
  /** After each tenth. */
  readonly afterMiB: readonly number[];
  readonly cpuMicros: number;
}

const REQUESTS_FOR_MEMORY = 100_000;

/** Twenty-five clients, so that none is limited, and a list and a call in turn. */
const measureMemory = async ({ target, pid }: Contender): Promise<MemoryFigures> => {
  const beforeMiB = residentMiB(pid);
  const before = cpuMicros(pid);
  const afterMiB: number[] = [];
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const requests = Array.from({ length: 3 }, () => bearerOf(freshClient())).flatMap((headers) => [
      requestOf('list', 'modern', headers),
      requestOf('call', 'legacy', headers),
    ]);
    await load({ target, requests, connections: 16, total: REQUESTS_FOR_MEMORY / 10 });
    afterMiB.push(residentMiB(pid));
  }
  return { requests: REQUESTS_FOR_MEMORY, beforeMiB, afterMiB, cpuMicros: cpuMicros(pid) - before };
};

const STARTS = 5;

/** The first request a Worker hears of. */
const measureColdStart = async (): Promise<Record<string, number>> => {
  const figures: Record<string, number[]> = { hello: [], ours: [], sdk: [] };
  for (let n = 0; n < STARTS; n += 1)
    for (const subject of ['hello', 'ours', 'sdk'] as const) {
      await using contender = await startContender(subject);
      const asked = performance.now();
      await load({
        target: contender.target,
        requests: [requestOf('list', 'modern', bearerOf(freshClient()))],
        connections: 1,
        total: 1,
      });
      figures[subject]?.push(performance.now() - asked);
    }
  return Object.fromEntries(
    Object.entries(figures).map(([subject, all]) => [subject, median(all)]),
  );
};
