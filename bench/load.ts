// A client that costs as little as it can, so that it is the server that is measured: raw sockets that are kept open, one
// request at a time on each, answers read no further than to their end.
import type { Socket } from 'bun';

export interface Target {
  readonly hostname: string;
  readonly port: number;
}

export interface Load {
  readonly target: Target;
  /** Whole HTTP requests; sent in turn. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  readonly total: number;
}

export interface Outcome {
  readonly seconds: number;
  /** Sorted, in milliseconds. */
  readonly latencies: Float64Array;
  /** HTTP status → how often. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Sends `total` requests and returns when each is answered. A connection that breaks fails the whole run. */
export const load = async ({ target, requests, connections, total }: Load): Promise<Outcome> => {
  const latencies = new Float64Array(total);
  const statuses = new Map<number, number>();
  let sent = 0;
  let answered = 0;
  const next = (): Uint8Array | undefined =>
    sent < total ? requests[sent++ % requests.length] : undefined;
  const startedAt = performance.now();
  const connected = Array.from({ length: connections }, () =>
    connect(target, next, (status, ms) => {
      latencies[answered] = ms;
      answered += 1;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
  );
  await Promise.all(connected);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, latencies: latencies.toSorted(), statuses };
};

/** One connection's life: until there is nothing more to send. */
const connect = (
  target: Target,
  next: () => Uint8Array | undefined,
  onAnswer: (status: number, ms: number) => void,
): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const parser = createParser();
  let sentAt = 0;
  let isDone = false;
  const send = (socket: Socket): void => {
    const request = next();
    if (request === undefined) {
      isDone = true;
      socket.end();
      resolve();
      return;
    }
    sentAt = performance.now();
    // Requests are far smaller than a socket's buffer: less than all of it is a broken connection.
    if (socket.write(request) !== request.byteLength) reject(new Error('A request was cut off.'));
  };
  void Bun.connect({
    ...target,
    socket: {
      open: send,
      data: (socket, chunk) => {
        const status = parser(chunk);
        if (status === undefined) return;
        onAnswer(status, performance.now() - sentAt);
        send(socket);
      },
      close: () => {
        if (!isDone) reject(new Error('The server closed a connection.'));
      },
      error: (_, error) => reject(error),
      connectError: (_, error) => reject(error),
    },
  }).catch(reject);
  return promise;
};

const HEAD_END = Buffer.from('\r\n\r\n');

/** Feeds on what arrives; gives the status once an answer is complete. */
const createParser = () => {
  let received = Buffer.alloc(0);
  return (arrived: Buffer): number | undefined => {
    received = received.length === 0 ? arrived : Buffer.concat([received, arrived]);
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd === -1) return undefined;
    const head = received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const start = headEnd + HEAD_END.length;
    const isComplete =
      length === undefined ? isWhole(received, start) : received.length >= start + Number(length);
    if (!isComplete) return undefined;
    received = Buffer.alloc(0);
    return Number(head.slice(9, 12));
  };
};

/** Whether a chunked body has arrived up to its empty chunk. */
const isWhole = (received: Buffer, start: number): boolean => {
  let at = start;
  for (;;) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd === -1) return false;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (at > received.length) return false;
    if (size === 0) return true;
  }
};

/** The least latency that `share` of all requests did not exceed. */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
