// Who may say yes, name by name; gates.test.ts has every combination of the gates.
import { describe, expect, it } from 'bun:test';

import { digestOf } from '../../../test/kit/operations.ts';
import { APPROVAL_LIFE_MS, refuseApproval } from './approval.ts';

const PLANNED = digestOf('the plan');
const REQUESTER = { client: 'acme', subject: 'Ådam' };

const refusalOf = (approver: string, digest = PLANNED, planned: string | undefined = PLANNED) =>
  refuseApproval({ approver, digest }, { requester: REQUESTER, planned });

describe('an approval', () => {
  it('is taken from another person, for the plan that was asked for with', () => {
    for (const approver of ['bob', 'admin:bob', 'bob-admin:acme', 'acadmin:me'])
      expect(refusalOf(approver)).toBeUndefined();
  });

  it.each([
    'acme',
    'ACME',
    ' acme ',
    'admin:acme',
    'Admin: acme',
    'Ådam',
    'A\u030Adam',
    'ａｃｍｅ',
    '',
    'admin:',
  ])('is not taken from whoever asked, who calls himself %p', (approver) => {
    expect(refusalOf(approver)?.code).toBe('APPROVAL_REFUSED');
  });

  it('may take an hour', () => {
    expect(APPROVAL_LIFE_MS).toBe(3_600_000);
  });

  it('is not taken for another plan, or for none', () => {
    expect(refusalOf('bob', digestOf('another'))?.code).toBe('APPROVAL_REFUSED');
    const none = refuseApproval(
      { approver: 'bob', digest: PLANNED },
      { requester: REQUESTER, planned: undefined },
    );
    expect(none?.code).toBe('APPROVAL_REFUSED');
  });
});
