// The canary against a server that is a version and a percentage: whatever fails, and wherever it is cancelled, the end is a
// version that was there before, at a percentage that is told.
import { describe, expect, it } from 'bun:test';

import { CliProblem } from '../src/cli/command.ts';
import { scriptedWorld } from '../test/kit/pipeline-world.ts';
import { recall, remember } from './canary-record.ts';
import { type CanaryTools, canary } from './canary.ts';
import { type Undoing, undo } from './undo.ts';

const SERVER = { url: 'https://mcp.example.com', worker: 'mcp-server' };
const PLAN = { stage: 'prod', steps: [10, 50], holdMs: 10_000 };

interface Case {
  /** The percentage in force; undefined where nothing is deployed. */
  readonly before?: number | undefined;
  /** The admin API does not answer before the deploy. */
  readonly isDeaf?: boolean;
  /** Events at which something fails, in the words of `events`. */
  readonly failing?: readonly string[];
  /** The event during which somebody cancels. */
  readonly cancelledAt?: string;
}

const play = async ({ before, isDeaf = false, failing = [], cancelledAt }: Case) => {
  const world = scriptedWorld();
  const events: string[] = [];
  const cloud = { version: before === undefined ? undefined : 'old', percentage: before ?? 0 };
  const does = (event: string): void => {
    events.push(event);
    if (event === cancelledAt) world.cancel();
    if (failing.includes(event)) throw new CliProblem(`${event} failed.`);
  };
  const activeVersion = async () => {
    if (cloud.version === undefined) throw new CliProblem('Nothing is deployed.');
    if (failing.includes('version')) throw new CliProblem('Cloudflare did not answer.');
    return cloud.version;
  };
  const setPercentage = async (_url: string, percentage: number) => {
    does(`${percentage}%`);
    cloud.percentage = percentage;
  };
  const tools: CanaryTools & Undoing = {
    current: async () =>
      before === undefined
        ? undefined
        : { server: SERVER, ...(!isDeaf && { percentage: cloud.percentage }) },
    activeVersion,
    setPercentage,
    readPercentage: async () => cloud.percentage,
    deploy: async () => {
      does('upload');
      cloud.version = 'new';
      does('wait');
      return SERVER;
    },
    smoke: async (_url, what) => does(`smoke ${what} at ${cloud.percentage}%`),
    rollBack: async () => {
      does('roll back');
      cloud.percentage = 0;
      cloud.version = 'old';
      return true;
    },
    pause: async () => does('pause'),
    stop: world.stop,
    remember: (record) => remember(world, record),
    tell: world.note,
  };
  try {
    const { percentage } = await canary(PLAN, tools);
    return { events, cloud, percentage, sentence: '', record: recall(world) };
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    const record = recall(world);
    const sentence = record === undefined ? '' : await undo(world, record, tools);
    return { events, cloud, percentage: undefined, sentence, record: recall(world) };
  }
};

describe('a canary', () => {
  it('tries the new version at 0 %, then raises it step by step to what it was', async () => {
    const { events, cloud, percentage, record } = await play({ before: 100 });
    expect(events).toEqual([
      '0%',
      'upload',
      'wait',
      'smoke everything at 0%',
      ...[10, 50, 100].flatMap((at) => [`${at}%`, 'pause', `smoke serving at ${at}%`]),
    ]);
    expect({ cloud, percentage }).toEqual({
      cloud: { version: 'new', percentage: 100 },
      percentage: 100,
    });
    expect(record?.isOver).toBe(true);
  });

  it.each([
    [25, ['10%', '25%']],
    [10, ['10%']],
    [5, ['5%']],
    [0, []],
  ])('of a server at %d %% ends there', async (before, steps) => {
    const { events, cloud } = await play({ before });
    expect(events.slice(4).filter((event) => event.endsWith('%') && !event.includes(' '))).toEqual(
      steps,
    );
    expect(cloud).toEqual({ version: 'new', percentage: before });
  });

  it('of a first deploy begins at 0 % and ends with everybody', async () => {
    const { events, cloud } = await play({});
    expect(events.slice(0, 3)).toEqual(['upload', 'wait', 'smoke everything at 0%']);
    expect(cloud).toEqual({ version: 'new', percentage: 100 });
  });

  it('of a server that could not be asked is closed after the deploy, and raised to what it had', async () => {
    const { events, cloud } = await play({ before: 60, isDeaf: true });
    expect(events.slice(0, 4)).toEqual(['upload', 'wait', '0%', 'smoke everything at 0%']);
    expect(cloud).toEqual({ version: 'new', percentage: 60 });
  });
});

describe('a canary that fails', () => {
  it('before anything new serves goes back to the percentage before', async () => {
    const { cloud, sentence, record } = await play({ before: 50, failing: ['upload'] });
    expect(cloud).toEqual({ version: 'old', percentage: 50 });
    expect(sentence).toBe('The version before of mcp-server still serves, at 50% as before.');
    expect(record?.isOver).toBe(true);
  });

  const POINTS = [
    'wait',
    'smoke everything at 0%',
    '10%',
    'smoke serving at 10%',
    'smoke serving at 50%',
    'smoke serving at 100%',
  ];

  it.each(POINTS)('at "%s" rolls back, and lets nobody in', async (point) => {
    const { cloud, sentence, events } = await play({ before: 100, failing: [point] });
    expect(cloud).toEqual({ version: 'old', percentage: 0 });
    expect(events.at(-1)).toBe('roll back');
    expect(sentence).toContain('version old of mcp-server serves again, at 0%');
  });

  it.each([...POINTS, 'upload', '0%', 'pause'])(
    'or is cancelled at "%s" ends as well',
    async (point) => {
      const { cloud, percentage } = await play({ before: 100, cancelledAt: point });
      // What was cancelled as its last check passed has succeeded.
      if (percentage !== undefined) expect(cloud).toEqual({ version: 'new', percentage: 100 });
      else expect(cloud).toEqual({ version: 'old', percentage: point === '0%' ? 100 : 0 });
    },
  );

  it('and cannot be rolled back is closed, and says what still serves', async () => {
    const { cloud, sentence } = await play({
      before: 100,
      failing: ['smoke serving at 50%', 'roll back'],
    });
    expect(cloud).toEqual({ version: 'new', percentage: 0 });
    expect(sentence).toContain('THE NEW VERSION IS STILL DEPLOYED: it lets in nobody but testers');
  });

  it('on the first deploy is closed, since there is nothing to go back to', async () => {
    const { cloud, sentence } = await play({ failing: ['smoke serving at 10%'] });
    expect(cloud).toEqual({ version: 'new', percentage: 0 });
    expect(sentence).toContain('has no version before it: it lets in nobody but testers');
  });

  it('on the first deploy before there is a server says so', async () => {
    expect((await play({ failing: ['upload'] })).sentence).toContain(
      'The first deploy of stage prod',
    );
  });

  it('is not begun where Cloudflare does not say what serves now', async () => {
    const { events, cloud } = await play({ before: 100, failing: ['version'] });
    expect(events).toEqual([]);
    expect(cloud).toEqual({ version: 'old', percentage: 100 });
  });

  it('is told by hand where the admin API does not answer any more', async () => {
    const { sentence } = await play({ before: 100, failing: ['upload', '100%'] });
    expect(sentence).toContain('still at 0%');
    expect(sentence).toContain('bun mcp rollout set 100');
  });
});
