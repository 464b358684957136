/** The body of a request or an answer as text; undefined where it has more bytes, and no more than these were taken in. */
export const readBounded = async (
  { body }: Pick<Response, 'body'>,
  maxBytes: number,
): Promise<string | undefined> => {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  if (body === null) return text;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
};
