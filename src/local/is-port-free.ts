import { createServer } from 'node:net';

/** Can we listen on this port of the loopback address? Answered by trying, and letting go at once. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
