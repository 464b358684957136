// The yes of a second person. It is given to what was shown and to nothing else: the digest that was on the screen is
// the digest that is sent, so a plan that has changed since is not approved with it.
import { ADMIN_NAME, approvalSchema } from '../../contract/admin.ts';
import { type Operation, operationSchema } from '../../contract/operation.ts';
import { createAskAdmin } from '../admin-client.ts';
import { CliProblem, type Command, readOptions } from '../command.ts';
import { operationPath } from '../operation-arguments.ts';
import { detailsOf, titleOf } from '../operation-view.ts';
import { saysYes } from '../says-yes.ts';

const OPTIONS = {
  yes: { type: 'boolean', default: false },
  as: { type: 'string' },
  url: { type: 'string' },
} as const;

export const approve: Command = {
  name: 'approve',
  usage: 'OPERATION_ID [--yes] [--as NAME] [--url URL]',
  about: 'Shows what an operation would change and lose, and approves it.',
  details: [
    '--yes  without being asked; it is shown all the same',
    '--as   who approves ($USER); the journal keeps the name',
    '--url  the server of the hub (MCP_URL, else http://localhost:$PORT)',
  ],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 1);
    const path = operationPath(positionals[0]);
    const name = values.as ?? world.env['USER'] ?? world.env['LOGNAME'] ?? '';
    if (!ADMIN_NAME.test(name))
      throw new CliProblem('Who approves? Give your name with --as: letters, digits, . _ @ + -');
    const ask = createAskAdmin({ env: { ...world.env, USER: name } }, values.url);
    const { value: operation } = await ask({ method: 'GET', path, answer: operationSchema });
    world.say(`${titleOf(operation)}\n\n${detailsOf(operation)}`);
    const digest = digestOf(operation);
    if (!values.yes && !(await saysYes(`Type yes to approve exactly this as ${name}:`, world))) {
      world.note('Nothing was approved.');
      return 1;
    }
    const body = approvalSchema.parse({ digest });
    const approval = { method: 'POST', path: `${path}/approval`, body } as const;
    const { value: approved } = await ask({ ...approval, answer: operationSchema });
    world.say(`Approved by ${name}: ${titleOf(approved)}.`);
    return 0;
  },
};

const digestOf = ({ status, plan }: Operation): string => {
  if (status !== 'awaiting_approval')
    throw new CliProblem(`It waits for no approval: it is ${status.replaceAll('_', ' ')}.`);
  if (plan === undefined) throw new CliProblem('There is no plan to approve.');
  return plan.digest;
};
