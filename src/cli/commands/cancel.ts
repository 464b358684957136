// Stops an operation: one that waits never starts, one that runs stops after the resource it is at.
import { operationSchema } from '../../contract/operation.ts';
import { createAskAdmin } from '../admin-client.ts';
import { type Command, readOptions } from '../command.ts';
import { operationPath } from '../operation-arguments.ts';
import { titleOf } from '../operation-view.ts';

const OPTIONS = { url: { type: 'string' } } as const;

export const cancel: Command = {
  name: 'cancel',
  usage: 'OPERATION_ID [--url URL]',
  about: 'Stops an operation.',
  details: ['--url  the server of the hub (MCP_URL, else http://localhost:$PORT)'],
  run: async (argv, world) => {
    const { values, positionals } = readOptions(argv, OPTIONS, 1);
    const path = `${operationPath(positionals[0])}/cancel`;
    const ask = createAskAdmin(world, values.url);
    const { value } = await ask({ method: 'POST', path, answer: operationSchema });
    world.say(titleOf(value));
    if (value.isCancelRequested && value.status !== 'cancelled')
      world.note('It stops after the resource it is at; plan again to see what is left.');
    return 0;
  },
};
