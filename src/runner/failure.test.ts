import { describe, expect, it } from 'bun:test';

import * as Cause from 'effect/Cause';

import { sentenceOf } from './failure.ts';

describe('the sentence of a failure', () => {
  const refused = { _tag: 'Unauthorized', message: 'The token may not do this.' };

  it('says why a resource could not be looked at', () => {
    const error = Object.assign(new Error("Resource 'cache' failed during read"), {
      _tag: 'DriftResourceError',
      cause: refused,
    });
    expect(sentenceOf(Cause.fail(error))).toBe(
      "Resource 'cache' failed during read: The token may not do this.",
    );
  });

  it.each([
    ['an error’s own', new Error('boom\nand more'), 'boom'],
    ['that of a tagged value', refused, 'The token may not do this.'],
    ['the tag, where there is no other', { _tag: 'Timeout' }, 'Timeout'],
    [
      'its cause’s, where the text is that of an object',
      { _tag: 'MigrationError', message: 'Failed: [object Object]', cause: { error: refused } },
      'Failed: The token may not do this.',
    ],
    ['that there is none', { code: 7 }, 'an unnamed error'],
  ])('is %s', (_name, error, sentence) => {
    expect(sentenceOf(Cause.fail(error))).toBe(sentence);
  });
});
