// The edge: one port for all Workers, told apart by Host as Cloudflare does it. It holds requests while their workerd is
// replaced, and leads WebSockets through as they are.
import { createServer, type IncomingMessage, request as ask, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Content } from './content.ts';
import type { LocalPlane } from './data-plane.ts';
import { workerAt } from './domains.ts';
import { answerPreview, takePreview } from './previews.ts';
import { SCRIPT_HEADER } from './running-cell.ts';

const LOOPBACK = '127.0.0.1';
const NOTHING = 'There is nothing here yet.\n';

export const startEdge = async (
  content: Content,
  plane: LocalPlane,
  dir: string,
): Promise<Server> => {
  const enter = async (request: IncomingMessage) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const { pathname } = new URL(request.url ?? '/', 'http://edge');
    const script = workerAt(content, host, pathname);
    return script === undefined ? undefined : { script, ...(await plane.enter(script)) };
  };

  const edge = createServer(async (request, response) => {
    const preview = takePreview(content, request);
    if (preview !== undefined)
      return answerPreview(content, preview, { dir, response }).catch(() =>
        response.writeHead(502).end(),
      );
    const worker = await enter(request).catch(() => 'down' as const);
    if (worker === undefined) return void response.writeHead(404).end(NOTHING);
    if (worker === 'down') return void response.writeHead(502).end();
    response.on('close', worker.leave);
    const out = ask({
      // A connection for each: workerd closes one on which a Worker has answered before it read the body.
      agent: false,
      host: LOOPBACK,
      port: worker.url.port,
      path: request.url,
      method: request.method,
      headers: { ...request.headers, [SCRIPT_HEADER]: worker.script },
    });
    out.on('response', (answer) => {
      // A stream of events has no end to wait for.
      if (answer.headers['content-type']?.startsWith('text/event-stream')) worker.leave();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    out.on('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end(),
    );
    response.on('close', () => out.destroy());
    request.pipe(out);
  });

  edge.on('upgrade', async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const worker = await enter(request).catch(() => undefined);
    if (worker === undefined)
      return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    worker.leave();
    const upstream = connect(Number(worker.url.port), LOOPBACK);
    upstream.write(`${headOf(request, worker.script)}\r\n\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });

  await new Promise<void>((resolve) => edge.listen(0, LOOPBACK, resolve));
  return edge;
};

/** The request as it came, with the header that names its Worker. */
const headOf = ({ method, url, rawHeaders }: IncomingMessage, script: string): string => {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return [...lines, `${SCRIPT_HEADER}: ${script}`].join('\r\n');
};
