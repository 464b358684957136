// Tools that answer each kind of content there is, and one whose input schema uses the whole vocabulary of JSON Schema.
import { fromJsonSchema } from '@modelcontextprotocol/server';

import { answer, contentTool, interactiveTool, text } from './fixture-tool.ts';

/** One red pixel. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** Two bytes of silence. */
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const image = { type: 'image', data: PNG, mimeType: 'image/png' } as const;
const audio = { type: 'audio', data: WAV, mimeType: 'audio/wav' } as const;
const embedded = (uri: string) =>
  ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Embedded.' } }) as const;

const everyKeyword = {
  ...contentTool('json_schema_2020_12_tool', text('called')),
  input: fromJsonSchema({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  }),
};

export const contentTools = [
  contentTool('test_image_content', image),
  contentTool('test_audio_content', audio),
  contentTool('test_embedded_resource', embedded('test://embedded-resource')),
  contentTool('test_multiple_content_types', text('Three kinds:'), image, embedded('test://mixed')),
  everyKeyword,
  // To a client that asked for a level; to others these say nothing.
  interactiveTool('test_logging_tool', async ({ mcpReq }) => {
    await mcpReq.log('info', 'test_logging_tool ran');
    return answer(text('logged'));
  }),
  interactiveTool('test_tool_with_logging', async ({ mcpReq }) => {
    for (const data of ['started', 'processing', 'completed'])
      await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
    return answer(text('logged'));
  }),
];
