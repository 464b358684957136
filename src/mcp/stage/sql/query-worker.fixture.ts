// The query engine inside a real worker, for tests: a call sends what to do as JSON. Test support only.
import type { D1Database } from '@cloudflare/workers-types';

import { OpsError } from '../../../contract/errors.ts';
import { fingerprinter } from './fingerprint.fixture.ts';
import { type ReadRequest, createReadQuery } from './read-query.ts';

export type Answer<T> = { readonly page: T } | { readonly code: string; readonly message: string };

type Order =
  | { readonly read: ReadRequest }
  | { readonly run: readonly string[] }
  | { readonly fingerprint: true };

const readQuery = createReadQuery();
let fingerprint: (() => Promise<string>) | undefined;

export default {
  async fetch(request: Request, { DB }: { DB: D1Database }): Promise<Response> {
    const order: Order = JSON.parse(await request.text());
    if ('run' in order) {
      for (const sql of order.run) await DB.prepare(sql).run();
      return Response.json({});
    }
    if ('fingerprint' in order) {
      fingerprint ??= await fingerprinter(DB);
      return Response.json(await fingerprint());
    }
    try {
      return Response.json({ page: await readQuery(DB, order.read, 'DB') });
    } catch (error) {
      if (!(error instanceof OpsError)) throw error;
      return Response.json({ code: error.code, message: error.message });
    }
  },
};
