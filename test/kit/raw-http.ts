// One HTTP request, byte for byte as given: for what fetch would tidy up, such as a header sent twice.
import { connect } from 'node:net';

import { nextAddress } from './addresses.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** The answer must declare its length: workerd leaves the connection open, whatever it is asked. */
export const rawHttp = (url: URL, lines: readonly string[], body = ''): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The connection ended before the answer did.')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = complete(received);
      if (answer === undefined) return;
      socket.removeAllListeners('end').destroy();
      resolve(answer);
    });
    const [first = '', ...rest] = lines;
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const address = `CF-Connecting-IP: ${nextAddress()}`;
    socket.write(
      `${[first, `Host: ${url.host}`, address, length, ...rest].join('\r\n')}\r\n\r\n${body}`,
    );
  });

const complete = (received: Buffer): RawAnswer | undefined => {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [status = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = received.subarray(headEnd + 4);
  if (body.length < Number(headers.get('content-length'))) return undefined;
  return { status: Number(status.split(' ')[1]), headers, body: body.toString() };
};
