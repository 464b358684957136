import { describe, expect, it } from 'bun:test';

import type { ServerContext } from '@modelcontextprotocol/server';

import { progressReporter } from './progress.ts';

/** As much of the SDK's context as a report needs. */
const listener = () => {
  const told: { progress: number; message: string }[] = [];
  const context = {
    mcpReq: {
      _meta: { progressToken: 1 },
      notify: async ({ params }: { params: (typeof told)[number] }) => void told.push(params),
    },
  } as unknown as ServerContext;
  return { told, context };
};

describe('progress', () => {
  it('tells a burst whole, in order, counted upwards', () => {
    const { told, context } = listener();
    const tell = progressReporter(context, () => 0);
    for (let step = 1; step <= 50; step++) tell(`resource ${step}`);
    expect(told.map(({ message }) => message)).toEqual(
      Array.from({ length: 50 }, (_, index) => `resource ${index + 1}`),
    );
    expect(told.map(({ progress }) => progress)).toEqual(told.map((_, index) => index + 1));
  });

  it('tells no more than four a second of what never ends', () => {
    const { told, context } = listener();
    let now = 0;
    const tell = progressReporter(context, () => now);
    for (; now < 100_000; now += 10) tell('busy');
    expect(told.length).toBeLessThan(510);
    expect(told.length).toBeGreaterThan(490);
  });

  it('is silent for callers who did not ask', () => {
    const tell = progressReporter(undefined, () => 0);
    expect(() => tell('step')).not.toThrow();
  });
});
