// A request body that nobody read makes the runtime close the connection when the answer is sent; a client that keeps
// connections then meets a reset with its next request, or before it has read this answer.

/** Takes in and drops what is left of a body, in constant memory, up to a length and a time. What fails changes nothing. */
export const drainBody = async (
  { body, bodyUsed }: Pick<Request, 'body' | 'bodyUsed'>,
  { maxBytes, maxMs }: { readonly maxBytes: number; readonly maxMs: number },
): Promise<void> => {
  if (body === null || bodyUsed || body.locked) return;
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
  } catch {
    // The sender left.
  } finally {
    clearTimeout(timer);
  }
};
