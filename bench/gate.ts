// What must not get worse, as ratios, counts and sizes: a time alone says more of the machine than of the code.
import { startContender } from './contenders.ts';
import { type CountedRequests, countRequests } from './counts.ts';
import { type Row, runRounds } from './rounds.ts';
import { bundleSize } from './size.ts';

/** Of hello, in processor time. Measured at twice this; a busy machine costs large code more than small. */
export const LEAST_CPU_RATIO = 0.1;
/** gzip. It was this when it was last looked at; more of it should be somebody's decision. */
export const MOST_GZIP_BYTES = 196_000;

const ROUNDS = 7;

export interface GateFigures {
  readonly list: Row;
  readonly counts: CountedRequests;
  readonly gzipBytes: number;
}

export const measureGate = async (): Promise<GateFigures> => {
  await using hello = await startContender('hello');
  await using ours = await startContender('ours');
  const rows = await runRounds(
    [
      { label: 'hello', contender: hello, asked: 'list', era: 'modern' },
      { label: 'ours', contender: ours, asked: 'list', era: 'modern' },
    ],
    ROUNDS,
  );
  const list = rows.find(({ label }) => label === 'ours');
  if (list === undefined) throw new Error('Nothing was measured.');
  const { gzipBytes } = await bundleSize();
  return { list, gzipBytes, counts: await countRequests() };
};
