// What holds for every tool there is, and for every tool to come.
import { describe, expect, it } from 'bun:test';
import { existsSync } from 'node:fs';

import { z } from 'zod';

import { useCloud } from '../../../test/kit/cloud.ts';
import { refusal, rpc } from '../../../test/kit/mcp-calls.ts';
import { SCOPES } from '../../contract/scopes.ts';
import { makeVisible } from '../../lib/visible-text.ts';
import { tools } from './index.ts';

const cloud = useCloud();

const schema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  additionalProperties: z.boolean().optional(),
});
const listing = z.object({
  tools: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      description: z.string(),
      inputSchema: schema,
      outputSchema: schema,
      annotations: z.record(z.string(), z.unknown()),
    }),
  ),
});

const listed = async () => {
  const { result } = await rpc(cloud(), 'tools/list');
  return { tools: listing.parse(result).tools, text: JSON.stringify(result) };
};

const MAX_TOOLS = 20;
/** 8,000 tokens, at about four characters each. */
const MAX_LIST_CHARACTERS = 32_000;

describe('the list of tools', () => {
  it('has these, in this order', () => {
    expect(tools.map(({ name }) => name)).toEqual([
      'get_resource_status',
      'deploy_infrastructure',
      'destroy_infrastructure',
      'query_database',
      'list_bucket_objects',
      'trigger_workflow',
      'get_cache_stats',
      'send_durable_object_message',
      'get_operation',
      'list_operations',
      'cancel_operation',
      'detect_drift',
    ]);
  });

  it('reaches a client whole and in that order, the same each time', async () => {
    const first = await listed();
    expect(first.tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect((await listed()).text).toBe(first.text);
  });

  it('is small enough to be read at each conversation’s start', async () => {
    expect(tools.length).toBeLessThanOrEqual(MAX_TOOLS);
    expect((await listed()).text.length).toBeLessThanOrEqual(MAX_LIST_CHARACTERS);
  });

  it('offers the declared names, so that nobody has to guess', async () => {
    const { text } = await listed();
    for (const name of ['demo-db', 'demo-storage', 'demo-cache', 'OnboardingWorkflow', 'ChatDO'])
      expect(text).toContain(name);
  });
});

describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  const shown = async () => {
    const found = (await listed()).tools.find((other) => other.name === name);
    if (found === undefined) throw new Error(`${name} is not listed.`);
    return found;
  };

  it('is named in words, and says in a few sentences what it does', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
    expect(tool.title).toMatch(/^[A-Z]/);
    expect(tool.description).toMatch(/^[A-Z].*\.$/s);
    expect(tool.description.length).toBeWithin(60, 600);
    expect(makeVisible(tool.description)).toBe(tool.description);
    expect(tool.description).not.toContain('\n');
  });

  it('needs one scope of the list', () => {
    expect(SCOPES).toContain(tool.scope);
  });

  it('tells truly what a call can do', async () => {
    const { annotations } = await shown();
    const reads = tool.effect === 'read';
    expect(annotations).toEqual({
      title: tool.title,
      readOnlyHint: reads,
      destructiveHint: !reads,
      idempotentHint: reads,
      openWorldHint: !reads,
    });
    expect(/^(get|list|query|describe|detect)_/.test(name)).toBe(reads);
  });

  it('describes what it answers, the stage among it', async () => {
    const { outputSchema } = await shown();
    expect(Object.keys(outputSchema.properties)).toContain('stage');
    expect(Object.keys(outputSchema.properties).length).toBeGreaterThanOrEqual(3);
  });

  it('takes a stage, and no argument that it does not name', async () => {
    const { inputSchema } = await shown();
    expect(inputSchema.additionalProperties).toBe(false);
    const named = tool.stageOf === undefined ? 'stage' : 'operationId';
    expect(Object.keys(inputSchema.properties)).toContain(named);
    const { code, message, next } = await refusal(cloud(), name, { dryrun: true });
    expect({ code, named: message.includes('dryrun') }).toEqual({
      code: 'INVALID_ARGUMENT',
      named: true,
    });
    for (const argument of Object.keys(inputSchema.properties)) expect(next).toContain(argument);
  });

  it('refuses a stage that is not there, and names those that are', async () => {
    if (tool.reach === 'hub') return; // It can be the one to make it.
    const { code, message } = await refusal(cloud(), name, { stage: 'staging' });
    expect(code).toBe('UNKNOWN_STAGE');
    expect(message).toContain('Known: prod.');
  });

  it('has its test beside it', () => {
    const file = `${import.meta.dir}/${name.replaceAll('_', '-')}`;
    expect(existsSync(`${file}.ts`)).toBe(true);
    expect(existsSync(`${file}.test.ts`)).toBe(true);
  });
});
