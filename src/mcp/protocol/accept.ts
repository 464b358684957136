/**
 * Whether the caller names `text/event-stream` as something it takes. curl's default of any type, and no Accept at all,
 * get plain JSON: a person at a terminal cannot use a stream, and the official clients always name it.
 */
export function acceptsStream(accept: string | null): boolean {
  if (accept === null) return false;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/event-stream' && !parameters.some((p) => /^q=0(\.0*)?$/.test(p));
  });
}
