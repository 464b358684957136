import { describe, expect, it } from 'bun:test';

import fc from 'fast-check';

import { parsePercentage, shareOf } from './percentage.ts';
import { parseTesters } from './testers.ts';

describe('the text of a percentage', () => {
  it.each([
    ['0', 0],
    ['25', 25],
    ['100', 100],
    ['05', 5],
    [' 25 ', 25],
    ['25\n', 25],
    ['\uFEFF25\r\n', 25],
  ])('%j is read', (text, percentage) => {
    expect(parsePercentage(text)).toEqual({ ok: true, value: percentage });
    expect(shareOf('feature:x', text)).toEqual({ percentage });
  });

  it.each([
    '',
    ' ',
    '101',
    '-1',
    '+5',
    '0.5',
    '25.0',
    '25%',
    '2 5',
    '1e2',
    '0x10',
    '1000',
    '"25"',
    'null',
    'NaN',
    'Infinity',
    'on',
    '٢٥',
    '２５',
    '25\n50',
    '{"percentage":25}',
  ])('%j closes, and is not repeated to the world', (text) => {
    expect(parsePercentage(text)).toEqual({ ok: false, error: 'unreadable' });
    const { percentage, problem } = shareOf('feature:x', text);
    expect(percentage).toBe(0);
    expect(problem).toBe(
      'feature:x is not a whole number from 0 to 100; until it is, it counts as 0.',
    );
  });

  it('is a whole number from 0 to 100 or unreadable, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parsePercentage(text);
        return (
          !parsed.ok || (Number.isInteger(parsed.value) && parsed.value >= 0 && parsed.value <= 100)
        );
      }),
    );
  });
});

describe('the list of testers', () => {
  it('may be of 65,536 characters', () => {
    const name = 'x'.repeat(65_536);
    expect(parseTesters('flag', name)).toEqual({ clients: [name] });
  });

  it.each([
    ['', []],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a\n b\t,, c\r\n', ['a', 'b', 'c']],
    ['["a", "b c"]', ['a', 'b c']],
    [' []\n', []],
  ])('%j is read', (text, clients) => {
    expect(parseTesters('flag', text)).toEqual({ clients });
  });

  it.each(['[', '["a",]', '[1]', '[["a"]]', 'x'.repeat(65_537)])(
    'lets in nobody where it cannot be read, and says so',
    (text) => {
      const { clients, problem } = parseTesters('flag', text);
      expect(clients).toEqual([]);
      expect(problem).toStartWith('flag is ');
    },
  );
});
