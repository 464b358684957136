import { describe, expect, it } from 'bun:test';

import type { ServedWorker } from './served.ts';
import { MISSES, createSilence } from './silence.ts';

const app: ServedWorker = { stage: 'prod', id: 'demo-app', url: 'http://localhost:1' };

const setUp = () => {
  const lines: string[] = [];
  const answering = new Set<string>();
  const broken = new Set<string>();
  const silence = createSilence({
    say: (line) => void lines.push(line),
    isBroken: (id) => broken.has(id),
    isAnswering: (url) => Promise.resolve(answering.has(url)),
  });
  const listen = async (workers: readonly ServedWorker[] = [app]) => {
    for (let turn = 0; turn < MISSES; turn++) await silence.listen(() => workers, true);
  };
  return { lines, answering, broken, silence, listen };
};

describe('a Worker that does not answer', () => {
  it('is worth opening the cloud again when nobody knows why', async () => {
    const { silence, listen } = setUp();
    await listen();
    expect(silence.curable([app])).toEqual([app]);
  });

  it('is its author’s to mend when its code does not run', async () => {
    const { silence, listen, broken } = setUp();
    broken.add('demo-app');
    await listen();
    expect(silence.curable([app])).toEqual([]);
  });

  it('is left alone after one try that did not help, with one line', async () => {
    const { silence, listen, lines } = setUp();
    await listen();
    silence.onReopened();
    await listen();
    await listen();
    expect(silence.curable([app])).toEqual([]);
    expect(lines).toEqual([
      'demo-app of prod does not answer, and starting the local cloud again did not help.',
    ]);
  });

  it('is worth another try when it has answered in between', async () => {
    const { silence, listen, answering } = setUp();
    await listen();
    silence.onReopened();
    answering.add(app.url);
    await listen();
    answering.clear();
    await listen();
    expect(silence.curable([app])).toEqual([app]);
  });

  it('is nobody’s loss once an operation has taken it away', async () => {
    const { silence, listen } = setUp();
    await listen();
    expect(silence.curable([])).toEqual([]);
  });
});
