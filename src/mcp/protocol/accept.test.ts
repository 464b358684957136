import { expect, it } from 'bun:test';

import { acceptsStream } from './accept.ts';

it.each([
  'text/event-stream',
  'application/json, text/event-stream',
  'Text/Event-Stream;q=0.5',
  'application/json;q=0,text/event-stream; q=0.001',
])('%s asks for a stream', (accept) => {
  expect(acceptsStream(accept)).toBe(true);
});

it.each([
  null,
  '',
  '*/*',
  'text/*',
  'application/json',
  'text/event-stream;q=0',
  'text/event-stream ; q=0.000',
  'application/x+text/event-stream',
  'text/event-streams',
])('%s does not', (accept) => {
  expect(acceptsStream(accept)).toBe(false);
});
