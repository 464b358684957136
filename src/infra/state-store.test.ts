import { describe, expect, it } from 'bun:test';

import { STORE } from './state-store.ts';

describe('Alchemy’s state store', () => {
  it('is known by the name and version that this Alchemy gives it', async () => {
    const folder = new URL('.', import.meta.resolve('alchemy/Cloudflare'));
    const source = await Bun.file(new URL('StateStore/Api.ts', folder)).text();
    expect(source).toContain(`STATE_STORE_SCRIPT_NAME = "${STORE.script}"`);
    expect(source).toContain(`STATE_STORE_VERSION = ${STORE.version} as const`);
  });
});
