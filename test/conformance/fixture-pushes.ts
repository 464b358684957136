// Tools of the 2025 revisions that ask the client while they run, by a request of the server's own. Without sessions the
// answer would reach another instance, so the endpoint refuses the question at once; the scenarios must see that.
import { z } from 'zod';

import { answer, interactiveTool, text } from './fixture-tool.ts';

const asked = z.object({ prompt: z.string().optional(), message: z.string().optional() });

const elicitor = (name: string) =>
  interactiveTool(name, async ({ mcpReq }, args) => {
    const { action } = await mcpReq.send({
      method: 'elicitation/create',
      params: {
        message: asked.parse(args).message ?? 'Please review',
        requestedSchema: { type: 'object', properties: { response: { type: 'string' } } },
      },
    });
    return answer(text(action));
  });

export const pushTools = [
  interactiveTool('test_sampling', async ({ mcpReq }, args) => {
    const content = { type: 'text' as const, text: asked.parse(args).prompt ?? '' };
    const { model } = await mcpReq.send({
      method: 'sampling/createMessage',
      params: { messages: [{ role: 'user', content }], maxTokens: 100 },
    });
    return answer(text(model));
  }),
  elicitor('test_elicitation'),
  elicitor('test_elicitation_sep1034_defaults'),
  elicitor('test_elicitation_sep1330_enums'),
];
