// Asks an emulated account's API the way every client does, without Alchemy: for tests of the account itself.
import type { Account } from './account.ts';

export interface Answer {
  readonly status: number;
  readonly success: boolean;
  readonly errors: readonly { readonly code: number; readonly message: string }[];
  readonly result: unknown;
  readonly result_info?: unknown;
}

export interface Client {
  /** `path` under the account, such as `/queues`. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly upload: (name: string, source: string, metadata?: object) => Promise<Answer>;
  /** Uploads, and turns workers.dev on. */
  readonly serve: (name: string, source: string, metadata?: object) => Promise<void>;
  readonly hostOf: (worker: string) => string;
}

export const clientOf = (account: Account): Client => {
  const send = async (method: string, path: string, body?: FormData | string): Promise<Answer> => {
    const response = await fetch(`${account.apiUrl}/accounts/${account.accountId}${path}`, {
      method,
      headers: { authorization: `Bearer ${account.token}` },
      ...(body !== undefined && { body }),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const upload: Client['upload'] = (name, source, metadata = {}) => {
    const form = new FormData();
    const all = { main_module: 'main.js', compatibility_date: '2026-07-30', ...metadata };
    form.set('metadata', JSON.stringify(all));
    form.set('main.js', new File([source], 'main.js', { type: 'application/javascript+module' }));
    return send('PUT', `/workers/scripts/${name}`, form);
  };
  const call: Client['call'] = (method, path, body) =>
    send(method, path, body === undefined ? undefined : JSON.stringify(body));
  return {
    call,
    upload,
    serve: async (name, source, metadata) => {
      const { success, errors } = await upload(name, source, metadata);
      if (!success) throw new Error(errors[0]?.message);
      await call('POST', `/workers/scripts/${name}/subdomain`, { enabled: true });
    },
    hostOf: (worker) => `${worker}.${account.subdomain}.workers.dev`,
  };
};
