// What a Worker may ask by fetch: the account's own Workers, at their addresses, and what a test puts outside. The Internet
// is not there.
import type { Content } from './content.ts';
import type { Metadata } from './upload.ts';

/** With it a fetch of the own zone goes through the front door; without it Cloudflare refuses Workers of one zone each other. */
const STRICTLY_PUBLIC = 'global_fetch_strictly_public';

/** `edgeUrl` is asked for at each call: the edge begins to listen only after the account does. */
export const outboundOf = (
  content: Content,
  { compatibility_flags: flags }: Pick<Metadata, 'compatibility_flags'>,
  edgeUrl: () => string,
) => {
  const workersDev = `.${content.subdomain}.workers.dev`;
  return async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const isZone = [...content.zones.values()].some(
      ({ name }) => url.hostname === name || url.hostname.endsWith(`.${name}`),
    );
    if (!url.hostname.endsWith(workersDev) && !isZone)
      return (
        (await content.outside?.(request)) ??
        new globalThis.Response('No Internet here.', { status: 502 })
      );
    if (!isZone && !flags.includes(STRICTLY_PUBLIC))
      return new globalThis.Response('error code: 1042', { status: 404 });
    const headers = new Headers(request.headers);
    headers.set('host', url.host);
    return fetch(edgeUrl() + url.pathname + url.search, {
      method: request.method,
      headers,
      body: request.body,
      redirect: 'manual',
    });
  };
};
