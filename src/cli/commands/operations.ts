// What was and is done to a stage.
import { operationsPageSchema } from '../../contract/admin.ts';
import { createAskAdmin } from '../admin-client.ts';
import { type Command, readOptions } from '../command.ts';
import { stageIn } from '../operation-arguments.ts';
import { columns, plain } from '../show.ts';

const OPTIONS = {
  stage: { type: 'string' },
  limit: { type: 'string', default: '20' },
  before: { type: 'string' },
  url: { type: 'string' },
} as const;

export const operations: Command = {
  name: 'operations',
  usage: '[--stage STAGE] [--limit N] [--before OPERATION_ID] [--url URL]',
  about: 'Lists the operations of a stage, newest first.',
  details: [
    '--stage   whose operations (the hub’s own stage)',
    '--limit   how many, at most 100 (20)',
    '--before  those older than this one',
    '--url     the server of the hub (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const query = new URLSearchParams({ limit: values.limit });
    if (values.stage !== undefined) query.set('stage', stageIn(values.stage));
    if (values.before !== undefined) query.set('before', values.before);
    const { value } = await createAskAdmin(
      world,
      values.url,
    )({
      method: 'GET',
      path: `/admin/operations?${query.toString()}`,
      answer: operationsPageSchema,
    });
    if (value.operations.length === 0) {
      world.note(`Stage ${plain(value.stage)} has had no operations.`);
      return 0;
    }
    const rows = value.operations.map(({ operationId, kind, status, createdAt, requester }) => [
      operationId,
      kind,
      status,
      createdAt,
      plain(requester.client, 60),
    ]);
    world.say(columns(rows));
    if (value.nextBefore !== undefined)
      world.note(`There may be older ones: --before ${value.nextBefore}`);
    return 0;
  },
};
