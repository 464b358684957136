// The share of clients that is let in. Setting it is a compare-and-set: what was changed by somebody else in between is
// not overwritten unseen.
import { type Rollout, rolloutChangeSchema } from '../../contract/admin.ts';
import { sentence } from '../../lib/visible-text.ts';
import { type AskAdmin, createAskAdmin } from '../admin-client.ts';
import { CliProblem, type Command, type World, readOptions } from '../command.ts';
import { type DarkLaunch, readDarkLaunch, setDarkLaunch } from '../dark-launch.ts';

const OPTIONS = { url: { type: 'string' } } as const;

export const rollout: Command = {
  name: 'rollout',
  usage: '[get | set PERCENT] [--url URL]',
  about: 'Shows or sets the percentage of clients that is let in (dark launch).',
  details: [
    'PERCENT  0 lets nobody in but testers with the scope rollout:bypass; 100 everybody',
    '--url    the server (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 2);
    const [action = 'get', value] = positionals;
    if (action !== 'set' && (action !== 'get' || value !== undefined))
      throw new CliProblem('Write `rollout`, `rollout get` or `rollout set PERCENT`.');
    const percentage = action === 'set' ? percentageIn(value) : undefined;
    const ask = createAskAdmin(world, values.url);
    const before = await readDarkLaunch(ask);
    if (percentage === undefined) show(before.value, world);
    else await change(percentage, before, ask, world);
    return 0;
  },
};

const percentageIn = (text: string | undefined): number => {
  const change = rolloutChangeSchema.safeParse({
    percentage: /^\d{1,3}$/.test(text ?? '') ? Number(text) : undefined,
  });
  if (!change.success) throw new CliProblem('The percentage must be a whole number from 0 to 100.');
  return change.data.percentage;
};

const change = async (percentage: number, before: DarkLaunch, ask: AskAdmin, world: World) => {
  show(await setDarkLaunch(ask, percentage, before.etag), world);
  world.note(`It was ${before.value.percentage}%.`);
};

const show = (
  { percentage, updatedAt, updatedBy, problem }: Rollout,
  { say, note }: World,
): void => {
  say(`${percentage}%`);
  if (updatedAt !== undefined)
    note(sentence(`Set ${updatedAt}${updatedBy === undefined ? '' : ` by ${updatedBy}`}.`, 200));
  if (problem !== undefined) note(sentence(problem, 300));
};
