import { describe, expect, it } from 'bun:test';

import { columnType, readRow } from './cells.ts';

const valueOf = (encoded: string): unknown => readRow(JSON.stringify([encoded]))[0]?.value;

describe('cells', () => {
  it('give integers exactly, as digits when a JSON number cannot', () => {
    expect(valueOf('i42')).toBe(42);
    expect(valueOf('i9007199254740991')).toBe(9007199254740991);
    expect(valueOf('i9007199254740993')).toBe('9007199254740993');
    expect(valueOf('i-9223372036854775808')).toBe('-9223372036854775808');
  });

  it('give reals exactly, as text when a JSON number cannot', () => {
    expect(valueOf('r0.30000000000000004')).toBe(0.30000000000000004);
    expect(valueOf('r0.0')).toBe(0);
    expect(valueOf('rInf')).toBe('Infinity');
    expect(valueOf('r-Inf')).toBe('-Infinity');
    expect(valueOf('r1.4425797137345195e-185')).toBe('1.4425797137345195e-185');
  });

  it('keep texts that look like something else', () => {
    expect(valueOf('ti42')).toBe('i42');
    expect(valueOf('t')).toBe('');
    expect(valueOf('n')).toBeNull();
  });

  it('show the start of a blob and its whole size', () => {
    expect(valueOf('b5000:00FF')).toEqual({ base64: 'AP8=', bytes: 5000 });
    expect(valueOf('b0:')).toEqual({ base64: '', bytes: 0 });
  });

  it('name the type of a column by what stands in it', () => {
    const typeOf = (...cells: string[]) => columnType(readRow(JSON.stringify(cells)));
    expect(typeOf('i1', 'n')).toBe('integer');
    expect(typeOf('n')).toBe('null');
    expect(typeOf()).toBe('null');
    expect(typeOf('i1', 'tx')).toBe('mixed');
  });
});
