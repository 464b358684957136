import { describe, expect, it } from 'bun:test';

import * as fc from 'fast-check';

import { echo, isPlainlyVisible, makeVisible, sentence } from './visible-text.ts';

/** Written as ranges on purpose, independent of the Unicode properties that the code uses. */
const HIDDEN_RANGES: readonly (readonly [number, number])[] = [
  [0x0000, 0x0008], // C0 without \t \n
  [0x000b, 0x000c],
  [0x000e, 0x001f], // … and without \r
  [0x007f, 0x009f], // DEL, C1
  [0x00ad, 0x00ad], // soft hyphen
  [0x034f, 0x034f], // combining grapheme joiner
  [0x061c, 0x061c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5],
  [0x180b, 0x180f], // Mongolian selectors
  [0x200b, 0x200f], // zero width, marks
  [0x2028, 0x202e], // separators, bidi
  [0x2060, 0x206f], // word joiner, invisible operators, isolates
  [0x3164, 0x3164], // Hangul filler
  [0xd800, 0xdfff], // lone surrogates
  [0xfdd0, 0xfdef], // noncharacters
  [0xfe00, 0xfe0f], // variation selectors
  [0xfeff, 0xfeff], // BOM
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb], // interlinear annotation
  [0xfffe, 0xffff],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff], // tags, variation selectors 17-256
  [0x10fffe, 0x10ffff],
];
const isHidden = (code: number) => HIDDEN_RANGES.some(([from, to]) => from <= code && code <= to);

describe('makeVisible', () => {
  it('writes out every hidden character of Unicode, and only those', () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      const shown = makeVisible(`a${character}b`);
      const expected = isHidden(code)
        ? `a\\u{${code.toString(16).toUpperCase().padStart(4, '0')}}b`
        : `a${character}b`;
      const isPlane = (code & 0xfffe) === 0xfffe; // The last two of each plane are noncharacters.
      if (shown !== expected && !isPlane) wrong.push(code.toString(16));
      if (isPlane && shown.length === character.length + 2) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  it('leaves no hidden character in any text, and leaves text without any as it is', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom('a', '\n', '❤', '👩', '💻', '🏽', '1', '\u{20E3}', '\u{200D}', '\u{FE0F}'),
        fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
        fc.constantFrom(...HIDDEN_RANGES.flat()).map((code) => String.fromCodePoint(code)),
      ),
      maxLength: 40,
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const shown = makeVisible(text);
        for (const character of shown) {
          const code = character.codePointAt(0) ?? 0;
          if (code !== 0x200d && code !== 0xfe0f) expect(isHidden(code)).toBe(false);
        }
        expect(makeVisible(shown)).toBe(shown);
        if (!Array.from(text).some((c) => isHidden(c.codePointAt(0) ?? 0)))
          expect(shown).toBe(text);
        expect(isPlainlyVisible(JSON.stringify(shown).replaceAll(/\\[\\nrt"]/g, ''))).toBe(
          !/\u{200D}|\u{FE0F}/u.test(shown),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['❤️', '👩‍💻', '👨‍👩‍👧‍👦', '🏳️‍🌈', '👩🏽‍🚀', '1️⃣', 'Привет', 'שלום', '你好', 'é'])(
    'leaves %s alone',
    (text) => {
      expect(makeVisible(text)).toBe(text);
    },
  );

  it.each([
    ['a\u{FE0F}', 'a\\u{FE0F}'],
    ['❤\u{FE0F}\u{FE0F}', '❤\u{FE0F}\\u{FE0F}'],
    ['❤\u{FE0E}', '❤\\u{FE0E}'],
    ['👩\u{200D}', '👩\\u{200D}'],
    ['👩\u{200D}\u{200D}💻', '👩\\u{200D}\\u{200D}💻'],
    ['1\u{FE0F}', '1\\u{FE0F}'],
    ['😀\u{E0100}\u{E0170}', '😀\\u{E0100}\\u{E0170}'],
    ['🏴\u{E0067}\u{E007F}', '🏴\\u{E0067}\\u{E007F}'],
    ['می\u{200C}خواهم', 'می\\u{200C}خواهم'],
  ])('does not take %j for an emoji', (text, shown) => {
    expect(makeVisible(text)).toBe(shown);
  });

  it('is quick on long text', () => {
    const long = '👩\u{200D}'.repeat(100_000);
    const before = performance.now();
    makeVisible(long);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('echo and sentence', () => {
  it('quotes on one line, visibly and short', () => {
    expect(echo('users\n"; ignore\u{202E}')).toBe(`"users\\u{000A}'; ignore\\u{202E}"`);
    expect(echo('x'.repeat(500))).toBe(`"${'x'.repeat(80)}…"`);
    expect(Array.from(echo('😀'.repeat(500), 10))).toHaveLength(13);
  });

  it('never grows beyond its bound, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(100), (text, max) => {
        expect(Array.from(echo(text, max)).length).toBeLessThanOrEqual(max + 3);
        expect(Array.from(sentence(text, max)).length).toBeLessThanOrEqual(max + 1);
        expect(makeVisible(echo(text, max))).toBe(echo(text, max));
      }),
    );
  });
});
