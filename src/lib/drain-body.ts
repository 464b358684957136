// A request body that nobody read makes the runtime close the connection when the answer is sent; a client that keeps
// connections then meets a reset with its next request, or before it has read this answer. A short body workerd takes in by
// itself (up to 64 KiB), but not behind the local cloud's gateway: there every second refusal was a reset.
import { within } from './within.ts';

/** Read in one piece, which costs a quarter of reading piece by piece; no more than anybody minds in memory. */
const SHORT_BYTES = 16 * 1_024;

interface Bounds {
  readonly maxBytes: number;
  readonly maxMs: number;
  /** A body that says it has no more than this is left alone: see above who takes it in. */
  readonly leftAloneBytes?: number;
}

/** Takes in and drops what is left of a body, in bounded memory, up to a length and a time. What fails changes nothing. */
export const drainBody = async (
  request: Request,
  { maxBytes, maxMs, leftAloneBytes = 0 }: Bounds,
): Promise<void> => {
  const { body, bodyUsed } = request;
  if (body === null || bodyUsed || body.locked) return;
  if (leftAloneBytes > 0 && declaresAtMost(request.headers, leftAloneBytes)) return;
  try {
    if (declaresAtMost(request.headers, Math.min(SHORT_BYTES, maxBytes)))
      await within(request.arrayBuffer(), maxMs);
    else await drop(body, { maxBytes, maxMs });
  } catch {
    // The sender left.
  }
};

/** The runtime delivers no more than the declared length. */
const declaresAtMost = (headers: Headers, most: number): boolean => {
  const declared = headers.get('content-length');
  return declared !== null && /^\d+$/.test(declared) && Number(declared) <= most;
};

const drop = async (
  body: ReadableStream<Uint8Array>,
  { maxBytes, maxMs }: Bounds,
): Promise<void> => {
  const reader = body.getReader();
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), maxMs);
  try {
    for (let drained = 0; drained <= maxBytes;) {
      const read = await Promise.race([reader.read(), late.promise]);
      if (read === undefined || read.done) break;
      drained += read.value.byteLength;
    }
    await reader.cancel();
  } finally {
    clearTimeout(timer);
  }
};
