// Cloudflare API reference: "Queues" and "Queues → Consumers".
import { z } from 'zod';

import { type Consumer, type Content, newId, type Queue, scriptOf, timestamp } from './content.ts';
import { need, Page, refuse } from './envelope.ts';
import { type Route, route } from './route.ts';

const QUEUES = '/accounts/:account/queues';
const CONSUMERS = `${QUEUES}/:id/consumers`;
const created = z.object({ queue_name: z.string().min(1) });
const changed = z.object({
  queue_name: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).default({}),
});
const consumer = z.object({
  type: z.string().default('worker'),
  script_name: z.string().optional(),
  settings: z
    .looseObject({
      batch_size: z.number().optional(),
      max_wait_time_ms: z.number().optional(),
      max_retries: z.number().optional(),
    })
    .default({}),
});

const queueOf = (content: Content, id: string) =>
  need(content.queues.get(id), 404, 11000, 'Queue does not exist.');

const consumerOf = (content: Content, id: string) =>
  need(content.consumers.get(id), 404, 11006, 'Consumer does not exist.');

const queueView = (content: Content, queue: Queue) => {
  const consumers = consumersOf(content, queue.queue_id).map((row) => consumerView(content, row));
  return {
    ...queue,
    producers: [],
    producers_total_count: 0,
    consumers,
    consumers_total_count: consumers.length,
  };
};

const consumersOf = (content: Content, queueId: string): Consumer[] =>
  [...content.consumers.values()].filter(({ queue_id }) => queue_id === queueId);

/** The reference has `script_name` in requests and `script` in answers. */
const consumerView = (content: Content, row: Consumer) => ({
  ...row,
  script: row.script_name,
  queue_name: content.queues.get(row.queue_id)?.queue_name,
});

const queueRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/queues
  route(
    'GET',
    QUEUES,
    ({ content, query }) =>
      new Page(
        [...content.queues.values()].map((row) => queueView(content, row)),
        query,
      ),
  ),
  // POST /accounts/{account_id}/queues
  route('POST', QUEUES, async ({ content, body }) => {
    const given = await body(created);
    if ([...content.queues.values()].some(({ queue_name }) => queue_name === given.queue_name))
      refuse(409, 11009, 'Queue name is already taken.');
    const row: Queue = {
      queue_id: newId(),
      ...given,
      created_on: timestamp(),
      modified_on: timestamp(),
      settings: { delivery_delay: 0, message_retention_period: 345_600, delivery_paused: false },
    };
    content.queues.set(row.queue_id, row);
    return queueView(content, row);
  }),
  // GET /accounts/{account_id}/queues/{queue_id}
  route('GET', `${QUEUES}/:id`, ({ content, param }) =>
    queueView(content, queueOf(content, param('id'))),
  ),
  // PATCH /accounts/{account_id}/queues/{queue_id}
  route('PATCH', `${QUEUES}/:id`, async ({ content, param, body }) => {
    const queue = queueOf(content, param('id'));
    const { queue_name, settings } = await body(changed);
    queue.queue_name = queue_name ?? queue.queue_name;
    queue.settings = { ...queue.settings, ...settings };
    return queueView(content, queue);
  }),
  // DELETE /accounts/{account_id}/queues/{queue_id}
  route('DELETE', `${QUEUES}/:id`, ({ content, param }) => {
    const { queue_id } = queueOf(content, param('id'));
    for (const row of consumersOf(content, queue_id)) content.consumers.delete(row.consumer_id);
    content.queues.delete(queue_id);
    return null;
  }),
];

const consumerRoutes: readonly Route[] = [
  // GET /accounts/{account_id}/queues/{queue_id}/consumers
  route('GET', CONSUMERS, ({ content, param, query }) => {
    const { queue_id } = queueOf(content, param('id'));
    return new Page(
      consumersOf(content, queue_id).map((row) => consumerView(content, row)),
      query,
    );
  }),
  // POST /accounts/{account_id}/queues/{queue_id}/consumers
  route('POST', CONSUMERS, async ({ content, param, body }) => {
    const { queue_id } = queueOf(content, param('id'));
    const given = await body(consumer);
    if (given.script_name !== undefined) scriptOf(content, given.script_name);
    if (consumersOf(content, queue_id).length > 0)
      refuse(409, 11004, 'Queue already has a consumer.');
    const row: Consumer = { ...given, consumer_id: newId(), queue_id };
    content.consumers.set(row.consumer_id, row);
    return consumerView(content, row);
  }),
  // GET /accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}
  route('GET', `${CONSUMERS}/:consumer`, ({ content, param }) =>
    consumerView(content, consumerOf(content, param('consumer'))),
  ),
  // PUT /accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}
  route('PUT', `${CONSUMERS}/:consumer`, async ({ content, param, body }) => {
    const row = consumerOf(content, param('consumer'));
    return consumerView(content, Object.assign(row, await body(consumer)));
  }),
  // DELETE /accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}
  route('DELETE', `${CONSUMERS}/:consumer`, ({ content, param }) => {
    content.consumers.delete(consumerOf(content, param('consumer')).consumer_id);
    return null;
  }),
];

export const queuesRoutes: readonly Route[] = [...queueRoutes, ...consumerRoutes];
