// Resources, prompts, completions and logging: nothing the product offers, all of it the endpoint can carry.
import {
  inputRequired,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

import type { ServerFeatures } from '../../src/mcp/protocol/sdk-server.ts';
import { PNG } from './fixture-content.ts';
import { askFor, givenText, verifyState } from './fixture-inputs.ts';

const user = (said: string) => ({ role: 'user', content: { type: 'text', text: said } }) as const;

const registerResources = (server: McpServer): void => {
  const plain = { mimeType: 'text/plain' };
  const fixed = (
    name: string,
    uri: string,
    content: { text: string } | { blob: string },
    kind = plain,
  ) =>
    server.registerResource(name, uri, { title: name, ...kind }, async () => ({
      contents: [{ uri, ...kind, ...content }],
    }));
  fixed('static-text', 'test://static-text', { text: 'A static text.' });
  fixed('static-binary', 'test://static-binary', { blob: PNG }, { mimeType: 'image/png' });
  fixed('watched-resource', 'test://watched-resource', { text: 'Watched.' });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { title: 'Template', mimeType: 'application/json' },
    async (uri, { id }) => ({
      contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify({ id }) }],
    }),
  );
};

const registerPrompts = (server: McpServer): void => {
  server.registerPrompt('test_simple_prompt', { description: 'No arguments.' }, async () => ({
    messages: [user('This is a simple prompt for testing.')],
  }));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Two arguments.', argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    async ({ arg1, arg2 }) => ({ messages: [user(`arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'Embeds a resource.', argsSchema: z.object({ resourceUri: z.string() }) },
    async ({ resourceUri: uri }) => ({
      messages: [
        {
          role: 'user',
          content: { type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Text.' } },
        },
        user('Please process the embedded resource above.'),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'An image.' }, async () => ({
    messages: [
      { role: 'user', content: { type: 'image', data: PNG, mimeType: 'image/png' } },
      user('Please analyze the image above.'),
    ],
  }));
  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks first.' },
    // Without arguments the SDK passes the context alone, and its type does not say so.
    async (mcp: unknown) => {
      const context = givenText(mcp as ServerContext, 'user_context', 'context');
      if (context !== undefined) return { messages: [user(context)] };
      const user_context = askFor('What context should the prompt use?', 'context');
      return inputRequired({ inputRequests: { user_context } });
    },
  );
};

export const features: ServerFeatures = {
  capabilities: {
    resources: { subscribe: true, listChanged: false },
    prompts: { listChanged: false },
    completions: {},
    logging: {},
  },
  requestState: { verify: verifyState },
  register: (server) => {
    registerResources(server);
    registerPrompts(server);
    const low = server.server;
    low.setRequestHandler('resources/subscribe', async () => ({}));
    low.setRequestHandler('resources/unsubscribe', async () => ({}));
    low.setRequestHandler('logging/setLevel', async () => ({}));
    low.setRequestHandler('completion/complete', async () => ({
      completion: { values: [], total: 0, hasMore: false },
    }));
  },
};
