// GitHub's keys: asked for when one is needed, remembered for a while, and what is said when they cannot be had.
import { afterEach, describe, expect, it, setSystemTime } from 'bun:test';

import { type Answer, doorOf, key, other, REFUSAL, said } from '../../../test/kit/github/door.ts';
import { keySet, signed } from '../../../test/kit/github/oidc.ts';
import { RUNNER_TOKEN } from '../../../test/kit/tokens.ts';

describe('GitHub’s keys', () => {
  afterEach(() => setSystemTime());
  const later = (ms: number) => setSystemTime(Date.now() + ms);

  it('are asked for again when a key is not among them, and not again soon', async () => {
    let keys = keySet(key);
    const { show, asked } = doorOf({}, () => Response.json(keys));
    await show(signed(key, said()));
    keys = keySet(key, other);
    for (let call = 0; call < 20; call += 1)
      expect(await show(signed(other, said()))).toEqual(REFUSAL);
    expect(asked).toHaveLength(1);
    later(31_000);
    expect(await show(signed(other, said()))).toMatchObject({ run: expect.any(String) });
    expect(asked).toHaveLength(2);
  });

  it('are forgotten after ten minutes, and one that GitHub took back with them', async () => {
    let keys = keySet(key, other);
    const { show, asked } = doorOf({}, () => Response.json(keys));
    await show(signed(key, said()));
    keys = keySet(key);
    later(9 * 60_000);
    expect(await show(signed(other, said()))).toMatchObject({ run: expect.any(String) });
    expect(asked).toHaveLength(1);
    later(2 * 60_000);
    expect(await show(signed(other, said()))).toEqual(REFUSAL);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Answer]>([
    ['is out of order', () => Response.json(keySet(key), { status: 500 })],
    ['is not there', () => Promise.reject(new TypeError('fetch failed'))],
    ['leads elsewhere', () => Response.redirect('https://evil.example/jwks', 302)],
    ['answers no JSON', () => new Response('<html>')],
    ['answers JSON that is no key set', () => Response.json({ keys: 'none' })],
    ['answers without end', () => Response.json({ ...keySet(key), more: 'x'.repeat(200_000) })],
  ])('that cannot be had are 503, with a code of their own: GitHub %s', async (_, answer) => {
    const { show, asked } = doorOf({}, answer);
    const unavailable = {
      status: 503,
      headers: { 'retry-after': '5' },
      body: { code: 'IDENTITY_UNAVAILABLE', error: 'Service temporarily unavailable' },
    };
    // However often somebody tries in this moment, GitHub hears of it once.
    for (let call = 0; call < 5; call += 1)
      expect(await show(signed(key, said()))).toMatchObject(unavailable);
    expect(asked).toHaveLength(1);
    expect(await show(RUNNER_TOKEN)).toEqual({});
  });

  it('are asked for again a moment after they could not be had', async () => {
    let isUp = false;
    const { show } = doorOf({}, () =>
      isUp ? Response.json(keySet(key)) : new Response(null, { status: 500 }),
    );
    expect(await show(signed(key, said()))).toMatchObject({ status: 503 });
    isUp = true;
    later(3_000);
    expect(await show(signed(key, said()))).toMatchObject({ run: expect.any(String) });
  });
});
