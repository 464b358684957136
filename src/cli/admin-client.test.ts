import { afterAll, expect, it } from 'bun:test';

import { CLI_ENV, mcp } from '../../test/kit/cli.ts';

/** Says how long its answer is, and leaves before it is all there. */
const server = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    data: (socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"per',
      );
      socket.end();
    },
  },
});
afterAll(() => server.stop(true));

it('takes an answer that breaks off for none, and says so in one sentence', async () => {
  const { code, err } = await mcp(['rollout'], { env: { ...CLI_ENV, PORT: String(server.port) } });
  expect(code).toBe(1);
  expect(err).toContain('No server answers at');
});
