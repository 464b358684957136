import { describe, expect, it } from 'bun:test';

import type { Principal } from '../../contract/principal.ts';
import { SCOPES } from '../../contract/scopes.ts';
import {
  ask,
  callerOf,
  callTool,
  createKit,
  modernPost,
  post,
  refusalOf,
  resultOf,
  SECRET,
  textOf,
  TOOLS,
} from './kit.fixture.ts';

const ARGUMENTS: Record<string, Record<string, unknown>> = {
  read_notes: {},
  mirror: { data: {} },
  fail: { how: 'extra' },
  deploy_infrastructure: { stage: 'prod' },
  trigger_workflow: { workflowName: 'w' },
  wait: { ms: 0 },
};

async function run(
  name: string,
  args: Record<string, unknown>,
  over: Partial<Principal> = {},
  kit = createKit(),
) {
  const answer = await ask(kit, post(callTool(name, args)), callerOf(over));
  const result = resultOf(answer);
  return { kit, result, answer, code: codeOf(result) };
}

const codeOf = (result: Record<string, unknown>) =>
  result['isError'] === true ? refusalOf(result).code : 'OK';

describe('scope', () => {
  for (const tool of TOOLS) {
    it(`${tool.name} runs with ${tool.scope} alone, and with nothing less than it`, async () => {
      const args = ARGUMENTS[tool.name] ?? {};
      expect((await run(tool.name, args, { scopes: [tool.scope] })).code).toBe('OK');
      expect((await run(tool.name, args, { scopes: SCOPES })).code).toBe('OK');
      const others = SCOPES.filter((scope) => scope !== tool.scope);
      for (const scopes of [others, []]) {
        const { result, kit } = await run(tool.name, args, { scopes });
        expect(refusalOf(result).code).toBe('SCOPE_MISSING');
        expect(refusalOf(result).message).toContain(tool.scope);
        expect(kit.visits).toEqual([]);
        expect(kit.records).toMatchObject([{ tool: tool.name, code: 'SCOPE_MISSING' }]);
      }
    });
  }
});

describe('stage', () => {
  it.each<[readonly string[], string | undefined, string]>([
    [['*'], undefined, 'OK'],
    [['*'], 'staging', 'OK'],
    [['*'], 'nowhere', 'UNKNOWN_STAGE'],
    [['prod'], undefined, 'OK'],
    [['prod'], 'prod', 'OK'],
    [['prod'], 'staging', 'STAGE_NOT_ALLOWED'],
    [['prod'], 'nowhere', 'STAGE_NOT_ALLOWED'],
    [['preview-*'], undefined, 'STAGE_NOT_ALLOWED'],
    [['preview-*'], 'preview-7', 'OK'],
    [['preview-*'], 'preview-8', 'UNKNOWN_STAGE'],
    [['preview-*'], 'preview', 'STAGE_NOT_ALLOWED'],
    [['preview-*', 'staging'], 'staging', 'OK'],
    [[], undefined, 'STAGE_NOT_ALLOWED'],
    [['*'], '', 'INVALID_ARGUMENT'],
    [['*'], 'PROD', 'INVALID_ARGUMENT'],
    [['*'], '../prod', 'INVALID_ARGUMENT'],
    [['*'], 'prod\n', 'INVALID_ARGUMENT'],
    [['*'], '*', 'INVALID_ARGUMENT'],
    [['*'], '__proto__', 'INVALID_ARGUMENT'],
    [['*'], 'constructor', 'UNKNOWN_STAGE'],
  ])('with stages %p, asking for %p gives %s', async (stages, stage, expected) => {
    const named = stage === undefined ? {} : { stage };
    for (const name of ['read_notes', 'deploy_infrastructure']) {
      if (name === 'deploy_infrastructure' && stage === undefined) continue;
      const { code, kit } = await run(name, named, { stages });
      expect(code).toBe(expected);
      if (expected === 'STAGE_NOT_ALLOWED') expect(kit.visits).toEqual([]);
    }
  });

  it('refuses a stage that is no text', async () => {
    for (const stage of [5, null, ['prod'], { toString: 'prod' }, true]) {
      const { code, kit } = await run('read_notes', { stage });
      expect(code).toBe('INVALID_ARGUMENT');
      expect(kit.records).toMatchObject([{ stage: '-' }]);
    }
  });

  it('uses the stage that is named, and checks arguments against what it offers', async () => {
    const drafts = await run('read_notes', { table: 'drafts', stage: 'staging' });
    expect(drafts.result['structuredContent']).toMatchObject({ stage: 'staging' });
    expect((await run('read_notes', { table: 'drafts' })).code).toBe('INVALID_ARGUMENT');
    const orders = { table: 'orders', stage: 'staging' };
    expect((await run('read_notes', orders)).code).toBe('INVALID_ARGUMENT');
  });

  it('keeps the own schema of a tool that demands a stage', async () => {
    const { result, code } = await run('deploy_infrastructure', {});
    expect(code).toBe('INVALID_ARGUMENT');
    expect(refusalOf(result).message).toContain('stage');
  });

  it('tells the stage who comes', async () => {
    const { kit } = await run('read_notes', { stage: 'staging' }, { client: 'ci' });
    expect(kit.visits).toMatchObject([
      { principal: { client: 'ci' }, requestId: 'req-1', tool: 'read_notes', effect: 'read' },
    ]);
  });
});

describe('arguments', () => {
  it('refuses one that is not named: a misspelt dryRun does not deploy', async () => {
    const { result } = await run('deploy_infrastructure', { stage: 'prod', dry_run: true });
    expect(refusalOf(result)).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'Unrecognized key: "dry_run".',
      next: 'Correct the arguments and call deploy_infrastructure again. It takes: stage, dryRun.',
    });
  });

  it('words what is wrong, and quotes hidden characters visibly and briefly', async () => {
    const { result } = await run('read_notes', { limit: 0 });
    expect(refusalOf(result).message).toStartWith('limit: ');
    const nasty = await run('read_notes', { ['\u{202E}x'.repeat(5_000)]: 1 });
    expect(textOf(nasty.result)).not.toContain('\u{202E}');
    expect(textOf(nasty.result).length).toBeLessThan(4_000);
  });

  it('shows the schema as strict, with the own stage as default', async () => {
    const listed = resultOf(await ask(createKit(), modernPost('tools/list')));
    expect(listed['tools']).toMatchObject([
      {
        name: 'read_notes',
        inputSchema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            stage: { type: 'string', description: 'Stage to use. Default: prod.' },
            table: { enum: ['users', 'orders'] },
          },
        },
        outputSchema: { type: 'object' },
      },
      {},
      {},
      { name: 'deploy_infrastructure', inputSchema: { required: ['stage'] } },
      {},
      {},
    ]);
  });
});

describe('annotations', () => {
  it('follow from the effect', async () => {
    const listed = JSON.stringify(resultOf(await ask(createKit(), modernPost('tools/list'))));
    const { tools } = JSON.parse(listed);
    const hints = Object.fromEntries(
      tools.map((tool: { name: string; annotations: object }) => [tool.name, tool.annotations]),
    );
    const harmless = { readOnlyHint: true, destructiveHint: false, openWorldHint: false };
    const harmful = { readOnlyHint: false, destructiveHint: true, idempotentHint: false };
    expect(hints).toMatchObject({
      read_notes: harmless,
      trigger_workflow: { ...harmful, openWorldHint: true },
      deploy_infrastructure: harmful,
    });
  });
});

describe('failures', () => {
  const unforeseen = [
    'error',
    'nested',
    'text',
    'nothing',
    'object',
    'internal',
    'mismatch',
    'nan',
  ];
  for (const fast of [true, false]) {
    it.each(unforeseen)(`never shows what was thrown: %s, fast ${fast}`, async (how) => {
      for (const request of [
        post(callTool('fail', { how })),
        modernPost('tools/call', { name: 'fail', arguments: { how } }),
      ]) {
        const kit = createKit({ fast });
        const answer = await ask(kit, request);
        expect(JSON.stringify(answer.messages)).not.toContain('hunter2');
        const refused = refusalOf(resultOf(answer));
        expect(refused.code).toBe('INTERNAL');
        const errorId = kit.faults[0]?.errorId ?? '';
        expect(refused.message).toBe(`fail failed. Error id: ${errorId}.`);
        expect(kit.records).toMatchObject([{ code: 'INTERNAL', errorId }]);
        expect(kit.faults).toHaveLength(1);
        expect(kit.errors).toEqual([]);
      }
    });
  }

  it('shows our sentence of a foreseen one, and never its cause', async () => {
    const { result, kit, answer } = await run('fail', { how: 'foreseen' });
    expect(refusalOf(result)).toEqual({
      code: 'RESOURCE_TIMEOUT',
      message: 'The database took longer than 10 s.',
      next: 'Ask for less, or try again later.',
    });
    expect(JSON.stringify(answer.messages)).not.toContain('hunter2');
    expect(kit.faults).toEqual([]);
  });

  it('hands the cause of a foreseen one that is ours to the log', async () => {
    const { code, kit, answer } = await run('fail', { how: 'resource' });
    expect(code).toBe('RESOURCE_FAILED');
    expect(JSON.stringify(answer.messages)).not.toContain('hunter2');
    expect(kit.faults).toMatchObject([{ tool: 'fail', error: { cause: { message: SECRET } } }]);
  });

  it('lets no field out that the output schema does not name', async () => {
    const { result } = await run('fail', { how: 'extra' });
    expect(result['structuredContent']).toEqual({ count: 1 });
    expect(textOf(result)).not.toContain('hunter2');
  });
});

describe('the record', () => {
  it('tells tool, stage, code, time, client and request, and no argument', async () => {
    const kit = createKit();
    await run('mirror', { data: { a: SECRET } }, {}, kit);
    await run('mirror', { data: SECRET, stage: SECRET }, {}, kit);
    const base = { tool: 'mirror', client: 'kit', requestId: 'req-1', ms: expect.any(Number) };
    expect(kit.records).toEqual([
      { ...base, stage: 'prod', code: 'OK' },
      { ...base, stage: '-', code: 'INVALID_ARGUMENT' },
    ]);
  });

  it('is written once per call, also when calls overlap', async () => {
    const kit = createKit();
    const names = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? 'wait' : 'read_notes'));
    await Promise.all(
      names.map((name, n) =>
        ask(kit, post(callTool(name, ARGUMENTS[name])), callerOf({}, `req-${n}`)),
      ),
    );
    expect(new Set(kit.records.map(({ requestId }) => requestId)).size).toBe(50);
  });
});
