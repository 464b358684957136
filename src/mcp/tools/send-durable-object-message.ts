import { z } from 'zod';

import { OpsError } from '../../contract/errors.ts';
import { defineTool } from '../protocol/define-tool.ts';
import type { MessageReceiver } from '../stage/handles.ts';
import { touch } from '../stage/touch.ts';
import { resourceName } from './support/arguments.ts';
import { MAX_JSON_CHARACTERS, plainJson } from './support/plain-json.ts';

export const sendDurableObjectMessage = defineTool({
  name: 'send_durable_object_message',
  title: 'Send a Durable Object a message',
  description:
    'Delivers a text message to one instance of a Durable Object class and returns its reply. It runs the application’s own code and usually changes the instance’s state. Instances are addressed by name; each keeps its own state.',
  scope: 'object:send',
  effect: 'run',
  input: (stage) =>
    z.object({
      objectName: resourceName(stage, 'object').describe(
        `The class. One of: ${stage.names('object').join(', ') || 'none declared'}.`,
      ),
      message: z.string().min(1).max(32_768),
      instance: z.string().min(1).max(256).default('default').describe('The name of the instance.'),
    }),
  output: z.object({
    stage: z.string(),
    objectName: z.string(),
    instance: z.string(),
    status: z.literal('delivered'),
    reply: z.json().describe('What the object answered; null when it answered nothing.'),
  }),
  run: async ({ objectName, message, instance }, { stage, principal }) => {
    const object = stage.open('object', objectName);
    const stub = object.handle.get(object.handle.idFromName(instance));
    const what = `The Durable Object "${object.name}"`;
    const reply = await touch(what, () => deliver(stub, object.name, message, principal.client), {
      next: 'The message may have been handled. Look at what it changed before you send it again.',
    });
    return {
      stage: stage.name,
      objectName: object.name,
      instance,
      status: 'delivered' as const,
      reply,
    };
  },
});

const deliver = async (
  stub: MessageReceiver,
  className: string,
  message: string,
  client: string,
) => {
  try {
    // Before the call ends, so that a reply that is a live stub or a stream can't outlive it.
    return plainReply(await stub.receiveMessage(message, { client }), className);
  } catch (error) {
    if (
      error instanceof Error &&
      /does not implement the method "receiveMessage"/.test(error.message)
    )
      throw new OpsError('RESOURCE_FAILED', `${className} takes no messages.`, {
        next: `Ask a developer to give ${className} a method receiveMessage(message, sender), then deploy.`,
        cause: error,
      });
    throw error;
  }
};

/** The reply as JSON has it: dates as text, no functions, bounded. */
const plainReply = (reply: unknown, className: string) => {
  const plain = plainJson(reply);
  if (plain !== undefined) return plain.value;
  throw new OpsError(
    'RESOURCE_FAILED',
    `${className} handled the message, but its reply is not JSON of at most ${MAX_JSON_CHARACTERS} characters.`,
    { next: 'Do not send it again for the reply; ask for less with another message.' },
  );
};
