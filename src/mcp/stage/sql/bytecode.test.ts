import { describe, expect, it } from 'bun:test';

import { witness } from './bytecode.ts';

const step = (opcode: string, p1 = 0, p2 = 0, p3 = 0) => ({ opcode, p1, p2, p3 });
const program = (...steps: ReturnType<typeof step>[]) => [
  step('Init'),
  ...steps,
  step('ResultRow', 1, 3),
  step('Halt'),
];
const codeOf = (explained: unknown): string => {
  const seen = witness(explained);
  return seen.ok ? 'reads' : seen.error.code;
};

describe('the bytecode witness', () => {
  it('counts the columns', () => {
    expect(witness(program(step('Transaction')))).toEqual({ ok: true, value: 3 });
  });

  it('refuses a write transaction, and one on another database', () => {
    expect(codeOf(program(step('Transaction', 0, 1)))).toBe('SQL_NOT_A_READ');
    expect(codeOf(program(step('Transaction', 1, 0)))).toBe('SQL_NOT_A_READ');
    expect(codeOf(program(step('OpenRead', 0, 2, 1)))).toBe('SQL_NOT_A_READ');
  });

  it('lets a statement change only its own scratch tables', () => {
    expect(codeOf(program(step('OpenEphemeral', 4), step('Insert', 4)))).toBe('reads');
    expect(codeOf(program(step('OpenEphemeral', 4), step('Insert', 5)))).toBe('SQL_NOT_A_READ');
    expect(codeOf(program(step('OpenEphemeral', 4), step('OpenRead', 4), step('Delete', 4)))).toBe(
      'SQL_NOT_A_READ',
    );
  });

  it.each(['OpenAutoindex', 'OpenDup', 'OpenEphemeral', 'OpenPseudo', 'SorterOpen'])(
    'takes what %s opens for the statement’s own',
    (opens) => {
      for (const changes of ['Clear', 'Delete', 'IdxDelete', 'IdxInsert', 'Insert'])
        expect(codeOf(program(step(opens, 4), step(changes, 4)))).toBe('reads');
    },
  );

  it.each(['OpenRead', 'ReopenIdx', 'VOpen'])('takes what %s opens for stored', (opens) => {
    expect(codeOf(program(step('OpenEphemeral', 4), step(opens, 4), step('Insert', 4)))).toBe(
      'SQL_NOT_A_READ',
    );
  });

  it('lets any step but the opening of a table have a third argument', () => {
    expect(codeOf(program(step('OpenRead', 0, 2), step('Column', 0, 1, 5)))).toBe('reads');
  });

  it('refuses a program whose first step is not the first of a statement', () => {
    expect(codeOf(program().slice(1))).toBe('SQL_NOT_A_READ');
  });

  it('refuses a step that is not on the list', () => {
    for (const opcode of ['OpenWrite', 'VUpdate', 'Destroy', 'Program', 'Vacuum', 'SomethingNew']) {
      expect(codeOf(program(step(opcode)))).toBe('SQL_NOT_A_READ');
    }
  });

  it('refuses a program that answers nothing', () => {
    expect(codeOf([])).toBe('SQL_NOT_A_READ');
    expect(codeOf([step('Init'), step('Halt')])).toBe('SQL_NOT_A_READ');
  });
});
