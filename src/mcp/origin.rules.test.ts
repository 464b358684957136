// The rules alone; origin.test.ts asks the Worker.
import { expect, it } from 'bun:test';

import { isAllowedOrigin, isLocalHost } from './origin.ts';

it.each(['localhost', 'LOCALHOST:8787', '127.0.0.1', '127.0.0.1:80', '[::1]', '[::1]:8787'])(
  'a laptop’s own server is called %s',
  (host) => {
    expect(isLocalHost(host)).toBe(true);
  },
);

it.each([
  null,
  '',
  'evil.example',
  'localhost.evil.example',
  'evil.localhost',
  'evil-localhost:8787',
  '127.0.0.1.evil.example',
  'localhost:',
  'localhost:123456',
  '::1',
])('a laptop’s own server is not called %p', (host) => {
  expect(isLocalHost(host)).toBe(false);
});

it('outside development only a page on the list may call', () => {
  const allowedOrigins = ['https://a.example'];
  const may = (origin: string, environment: 'development' | 'production') =>
    isAllowedOrigin(origin, { environment, allowedOrigins });
  expect(may('https://a.example', 'production')).toBe(true);
  expect(may('https://b.example', 'production')).toBe(false);
  expect(may('https://b.example', 'development')).toBe(true);
});
