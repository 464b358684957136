// A caller that is refused keeps its connection: it will come back on it, and a reset would be met instead of the answer.
import { afterAll, beforeAll, expect, it } from 'bun:test';
import { connect } from 'node:net';

import { nextAddress } from '../../test/kit/addresses.ts';
import { type Cloud, startCloud } from '../../test/kit/cloud.ts';
import { eventually } from '../../test/kit/eventually.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ bare: true, isDirect: true });
});
afterAll(() => cloud[Symbol.asyncDispose]());

const KIB = 1024;

/** Two requests of so many bytes on one connection, `gapMs` between head and body: the statuses of their answers. */
const twice = async (bytes: number, gapMs: number): Promise<string[]> => {
  const { hostname, port, host } = cloud.url;
  const socket = connect(Number(port), hostname);
  const head = `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nCF-Connecting-IP: ${nextAddress()}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
  let received = '';
  let end: string | undefined;
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', ({ message }) => (end = message));
  socket.on('close', () => (end ??= 'The connection was closed.'));
  const statuses = (): string[] =>
    [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => `${status}`);
  for (const sent of [1, 2]) {
    socket.write(head);
    await Bun.sleep(gapMs);
    socket.write('x'.repeat(bytes));
    await eventually(async () => {
      if (end !== undefined) throw new Error(end);
      return statuses().length === sent && received.endsWith('}') ? true : undefined;
    });
  }
  socket.destroy();
  return statuses();
};

it.each([
  ['a short body', 200, 0],
  ['a short body that comes late', 200, 50],
  ['a body of 32 KiB', 32 * KIB, 0],
  ['a body of 32 KiB, late', 32 * KIB, 50],
  ['a body longer than what the runtime takes in by itself', 100 * KIB, 0],
  ['a long body that comes late', 100 * KIB, 50],
])('%s does not cost a refused caller its connection', async (_, bytes, gapMs) => {
  expect(await twice(bytes, gapMs)).toEqual(['401', '401']);
});
