// Stands between the conformance suite, which knows no credentials, and a server that asks for them: adds headers, and
// leaves everything else as it is. Above all Host and Origin, which the suite forges.
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AuthProxy extends AsyncDisposable {
  readonly url: string;
}

export const startAuthProxy = async (
  target: URL,
  added: Readonly<Record<string, string>>,
): Promise<AuthProxy> => {
  const server = createServer((incoming, answer) => {
    const { method, url: path, headers } = incoming;
    const onward = forward(
      { host: target.hostname, port: target.port, method, path, headers: { ...headers, ...added } },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    // Who leaves a stream leaves it there too.
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
};
