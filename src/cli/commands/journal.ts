// The journal of a stage, a line an entry, and whether anybody has changed it since.
import { journalPageSchema } from '../../contract/admin.ts';
import {
  type JournalEntry,
  type JournalVerdict,
  journalVerdictSchema,
} from '../../contract/operation.ts';
import { type AskAdmin, createAskAdmin } from '../admin-client.ts';
import { type Command, type World, readOptions } from '../command.ts';
import { stageIn } from '../operation-arguments.ts';
import { columns, plain } from '../show.ts';

const OPTIONS = {
  stage: { type: 'string' },
  verify: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
} as const;

const PAGE = '500';

export const journal: Command = {
  name: 'journal',
  usage: '[--stage STAGE] [--verify] [--json] [--url URL]',
  about: 'Shows the journal of a stage, or checks that nobody has changed it.',
  details: [
    '--stage   whose journal (the hub’s own stage)',
    '--verify  checks every hash; exit code 1 when one is wrong',
    '--json    as JSON, an entry a line: to be kept elsewhere',
    '--url     the server of the hub (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values } = readOptions(argv, OPTIONS, 0);
    const query = new URLSearchParams();
    if (values.stage !== undefined) query.set('stage', stageIn(values.stage));
    const ask = createAskAdmin(world, values.url);
    if (values.verify) return verify(query, values.json, ask, world);
    for await (const entries of pages(query, ask)) {
      if (values.json) for (const entry of entries) world.say(JSON.stringify(entry));
      else world.say(columns(entries.map(cellsOf)));
    }
    return 0;
  },
};

async function* pages(query: URLSearchParams, ask: AskAdmin) {
  query.set('limit', PAGE);
  for (;;) {
    const path = `/admin/journal?${query.toString()}`;
    const { value } = await ask({ method: 'GET', path, answer: journalPageSchema });
    if (value.entries.length > 0) yield value.entries;
    if (value.nextAfter === undefined) return;
    query.set('after', String(value.nextAfter));
  }
}

const cellsOf = (entry: JournalEntry): string[] => [
  String(entry.seq),
  entry.at,
  entry.type,
  entry.kind,
  entry.operationId ?? '-',
  plain(entry.requester.client, 60),
  plain([entry.approver, entry.outcome].filter((word) => word !== null).join(' ')),
];

const verify = async (
  query: URLSearchParams,
  isJson: boolean,
  ask: AskAdmin,
  world: World,
): Promise<number> => {
  const path = `/admin/journal/verify?${query.toString()}`;
  const { value } = await ask({ method: 'GET', path, answer: journalVerdictSchema });
  world.say(isJson ? JSON.stringify(value) : verdictOf(value));
  return value.isIntact ? 0 : 1;
};

const verdictOf = ({ stage, isIntact, entries, head, problem }: JournalVerdict): string =>
  isIntact
    ? `The journal of ${plain(stage)} is as it was written: ${entries} entries, the last with hash ${plain(head)}.`
    : `The journal of ${plain(stage)} was changed at entry ${problem?.seq ?? '?'}: ${plain(problem?.reason ?? 'no reason is given', 300)}`;
