// How many calls a minute a client may make: what a request for a higher limit comes down to.
import { clientSchema, limitChangeSchema, limitSchema } from '../../contract/admin.ts';
import { sentence } from '../../lib/visible-text.ts';
import { createAskAdmin } from '../admin-client.ts';
import { CliProblem, type Command, readOptions } from '../command.ts';

const OPTIONS = { url: { type: 'string' } } as const;

export const limit: Command = {
  name: 'limit',
  usage: 'CLIENT [CALLS | default] [--url URL]',
  about: 'Shows or sets how many calls a minute a client may make.',
  details: [
    'CLIENT   the client_id of its tokens; shared-secret for the shared secret',
    'CALLS    a minute; default is what the environment gives everybody',
    '--url    the server (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 2);
    const [word, calls] = positionals;
    const client = clientSchema.safeParse(word);
    if (!client.success) throw new CliProblem('Whose limit? Give the name of a client.');
    const body = calls === undefined ? undefined : limitIn(calls);
    const { value } = await createAskAdmin(
      world,
      values.url,
    )({
      method: body === undefined ? 'GET' : 'PUT',
      path: `/admin/limits/${encodeURIComponent(client.data)}`,
      body,
      answer: limitSchema,
    });
    world.say(String(value.limit));
    world.note(
      `${client.data} may make ${value.limit} calls a minute${value.isOverride === false ? ', as everybody may' : ''}.`,
    );
    if (value.problem !== undefined) world.note(sentence(value.problem, 300));
    return 0;
  },
};

const limitIn = (calls: string) => {
  const change = limitChangeSchema.safeParse({
    limit: /^\d{1,9}$/.test(calls) ? Number(calls) : calls,
  });
  if (!change.success)
    throw new CliProblem('The limit must be a whole number from 1 to 10000, or `default`.');
  return change.data;
};
