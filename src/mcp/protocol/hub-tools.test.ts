// Tools that work at the hub, for a stage they know by name alone, and calls that are made at another stage's server.
import { describe, expect, it } from 'bun:test';

import { z } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { defineTool } from './define-tool.ts';
import { createEndpoint } from './endpoint.ts';
import {
  callerOf,
  callTool,
  post,
  readAnswer,
  refusalOf,
  resultOf,
  textOf,
} from './kit.fixture.ts';
import { Elsewhere, type StageVisit } from './stages.ts';
import { createToolRegistry } from './tool-registry.ts';
import type { CallRecord } from './tool-seam.ts';

interface Named {
  readonly name: string;
}

const output = z.object({ stage: z.string(), own: z.string() });

const plan = defineTool({
  name: 'plan',
  title: 'Plan',
  description: 'Plans.',
  scope: 'infra:plan',
  effect: 'change',
  reach: 'hub',
  input: (_: Named) => z.object({ dryRun: z.boolean().optional() }),
  output,
  run: async (_, { stage, stageName }) => ({ stage: stageName, own: stage.name }),
});

const look = defineTool({
  name: 'look',
  title: 'Look',
  description: 'Looks.',
  scope: 'infra:read',
  effect: 'read',
  reach: 'hub',
  stageOf: (args) => /"id":"([a-z0-9-]+)\./.exec(JSON.stringify(args))?.[1],
  input: (_: Named) => z.object({ id: z.string() }),
  output,
  run: async (_, { stage, stageName }) => ({ stage: stageName, own: stage.name }),
});

const read = defineTool({
  name: 'read',
  title: 'Read',
  description: 'Reads.',
  scope: 'db:query',
  effect: 'read',
  input: (_: Named) => z.object({ table: z.string() }),
  output,
  run: async (_, { stage, stageName }) => ({ stage: stageName, own: stage.name }),
});

const serve = (isHub: boolean, there: (args: unknown) => Promise<unknown> = async () => ({})) => {
  const records: CallRecord[] = [];
  const faults: unknown[] = [];
  const visits: StageVisit[] = [];
  const own = { name: 'prod' };
  const registry = createToolRegistry<Named>([plan, look, read], {
    stages: {
      own,
      isHub,
      open: (name, visit) => {
        visits.push(visit);
        return name === 'prod' ? own : new Elsewhere(there);
      },
    },
    log: (record) => records.push(record),
    onFault: (fault) => faults.push(fault),
  });
  const endpoint = createEndpoint({
    info: { name: 'kit', version: '1' },
    instructions: '',
    ...registry,
  });
  const send = async (message: unknown, over: Partial<Principal> = {}) =>
    resultOf(await readAnswer(await endpoint.fetch(post(message), callerOf(over))));
  const run = (name: string, args: Record<string, unknown>, over: Partial<Principal> = {}) =>
    send(callTool(name, args), over);
  const codeOf = async (...call: Parameters<typeof run>) => refusalOf(await run(...call)).code;
  const list = async () => {
    const { tools } = await send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    return z
      .array(z.object({ name: z.string() }))
      .parse(tools)
      .map(({ name }) => name);
  };
  return { run, codeOf, list, records, faults, visits };
};

describe('a tool of the hub', () => {
  it('is told the stage by name, and opens none', async () => {
    const { run, visits, records } = serve(true);
    const { structuredContent } = await run('plan', { stage: 'preview-7' });
    expect(structuredContent).toEqual({ stage: 'preview-7', own: 'prod' });
    expect((await run('plan', {}))['structuredContent']).toEqual({ stage: 'prod', own: 'prod' });
    expect(visits).toEqual([]);
    expect(records).toMatchObject([{ stage: 'preview-7' }, { stage: 'prod' }]);
  });

  it('is for the stages of the token, and refuses before it runs', async () => {
    const { codeOf, run } = serve(true);
    const stages = ['preview-*'];
    expect(await codeOf('plan', { stage: 'staging' }, { stages })).toBe('STAGE_NOT_ALLOWED');
    expect(await codeOf('plan', {}, { stages })).toBe('STAGE_NOT_ALLOWED');
    const { structuredContent } = await run('plan', { stage: 'preview-7' }, { stages });
    expect(structuredContent).toEqual({ stage: 'preview-7', own: 'prod' });
  });

  it.each(['PROD', '', '../prod', '*', 'prod\n', 'a'.repeat(41), 7, null, { toString: 'prod' }])(
    'refuses a stage that cannot be one: %p',
    async (stage) => {
      const { codeOf, records } = serve(true);
      expect(await codeOf('plan', { stage })).toBe('INVALID_ARGUMENT');
      expect(records).toMatchObject([{ stage: '-' }]);
    },
  );

  it('finds the stage in its arguments where these name it otherwise', async () => {
    const { run, codeOf, records } = serve(true);
    const { structuredContent } = await run('look', { id: 'staging.1' });
    expect(structuredContent).toEqual({ stage: 'staging', own: 'prod' });
    const stages = ['preview-*'];
    expect(await codeOf('look', { id: 'staging.1' }, { stages })).toBe('STAGE_NOT_ALLOWED');
    expect(await codeOf('look', { id: 'nothing' })).toBe('UNKNOWN_OPERATION');
    expect(records).toMatchObject([{ stage: 'staging' }, { stage: 'staging' }, { stage: '-' }]);
  });

  it('takes no stage beside the one its arguments lead to', async () => {
    const { codeOf } = serve(true);
    expect(await codeOf('look', { id: 'staging.1', stage: 'prod' })).toBe('INVALID_ARGUMENT');
    expect(await codeOf('look', {})).toBe('INVALID_ARGUMENT');
  });

  it('is in no list but the hub’s, and says elsewhere where it works', async () => {
    expect(await serve(true).list()).toEqual(['plan', 'look', 'read']);
    const elsewhere = serve(false);
    expect(await elsewhere.list()).toEqual(['read']);
    expect(await elsewhere.codeOf('plan', { stage: 'prod' })).toBe('NOT_THE_HUB');
    expect(await elsewhere.codeOf('look', { id: 'prod.1' })).toBe('NOT_THE_HUB');
    expect(await elsewhere.codeOf('plan', {}, { scopes: [] })).toBe('SCOPE_MISSING');
  });
});

describe('a call about another stage', () => {
  it('is made there with the arguments as they came', async () => {
    const seen: unknown[] = [];
    const { run, visits } = serve(true, async (args) => {
      seen.push(args);
      return { stage: 'staging', own: 'staging', more: 'than is promised' };
    });
    const args = { stage: 'staging', table: 'users', limit: 3 };
    const { structuredContent } = await run('read', args);
    expect(structuredContent).toEqual({ stage: 'staging', own: 'staging' });
    expect(seen).toEqual([args]);
    expect(visits).toMatchObject([
      { tool: 'read', scope: 'db:query', principal: { client: 'kit' } },
    ]);
  });

  it('is fenced and checked when it comes back, like any result', async () => {
    const hidden = serve(true, async () => ({ stage: 'staging', own: 'a\u{202E}b' }));
    const result = await hidden.run('read', { stage: 'staging' });
    expect(textOf(result)).toContain('<untrusted-data-');
    expect(JSON.stringify(result)).not.toContain('\u{202E}');
    const odd = serve(true, async () => ({ stage: 'staging', own: 7 }));
    expect(await odd.codeOf('read', { stage: 'staging' })).toBe('INTERNAL');
    expect(odd.faults).toHaveLength(1);
  });

  it('that is refused there is refused here', async () => {
    const { codeOf } = serve(true, async () => {
      throw new OpsError('UNKNOWN_DATABASE', 'No such database.');
    });
    expect(await codeOf('read', { stage: 'staging' })).toBe('UNKNOWN_DATABASE');
  });
});
