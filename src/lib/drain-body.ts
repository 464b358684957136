// The runtime takes in a body that nobody read only up to 64 KiB: with a longer one it closes the connection when the
// answer is sent, and a client meets a reset before it has read this answer, or with its next request.

/** What the runtime certainly takes in by itself (kj-http: 64 KiB, within a second), which costs a tenth of reading it. */
const LEFT_TO_RUNTIME_BYTES = 32 * 1_024;

interface Bounds {
  readonly maxBytes: number;
  readonly maxMs: number;
}

/** Takes in and drops what is left of a body, in bounded memory, up to a length and a time. What fails changes nothing. */
export const drainBody = async (request: Request, bounds: Bounds): Promise<void> => {
  const { body, bodyUsed } = request;
  if (body === null || bodyUsed || body.locked) return;
  if (declaresAtMost(request.headers, LEFT_TO_RUNTIME_BYTES)) return;
  try {
    await drop(body, bounds);
  } catch {
    // The sender left.
  }
};

/** No more than the declared length is ever delivered. */
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
