// Of the engine and the read-only guard: see equivalents.ts.
import type { Equivalent } from './equivalents.ts';

export const INSIDE: readonly Equivalent[] = [
  {
    file: 'src/operations/rules/lease.ts',
    line: 'const isSound = planned !== undefined && planned <= now + pause && planned > now - pause;',
    changes: [
      ['planned !== undefined', 'true'],
      ['<=', '<'],
    ],
    why: 'Undefined is not less than anything; and at the very moment both answers are the same.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: 'if (inner > 0) {',
    changes: [['>', '>=']],
    why: 'The line before has refused 0.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: 'const statement = sql.slice(0, body.at(-1)?.end ?? 0);',
    changes: [
      ['?.', '.'],
      ['0', '(0 + 1)', '?? '],
    ],
    why: 'There is a last word, or the text was refused as empty.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "['name', /[A-Za-z_\\u0080-\\uFFFF][A-Za-z0-9_$\\u0080-\\uFFFF]*/y],",
    changes: [["'name'", "''"]],
    why: 'Nobody asks whether a token is a name.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "if (closing === ']' || sql[at + 1] !== closing) {",
    changes: [
      ["closing === ']'", 'true'],
      ['sql[at + 1] !== closing', 'true'],
    ],
    why: 'A text with a doubled quote becomes two texts side by side, which end where the one ends.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "return ok({ kind: 'quoted', start, end: at + 1 });",
    changes: [["'quoted'", "''"]],
    why: 'Nobody asks whether a token is quoted.',
  },
  {
    file: 'src/mcp/stage/sql/lexer.ts',
    line: "if (kind !== 'symbol') continue;",
    changes: [["kind !== 'symbol'", 'false']],
    why: 'No other token begins with a parenthesis.',
  },
  {
    file: 'src/operations/rules/approval.ts',
    line: 'planned === undefined || digest !== planned',
    changes: [['planned === undefined', 'false']],
    why: 'No digest is undefined.',
  },
  {
    file: 'src/operations/rules/admission.ts',
    line: "`Call ${howToPlan(stage, kind === 'destroy' ? 'destroy' : 'deploy')} and use the planId it gives.`;",
    changes: [["'destroy'", "''", '? ']],
    why: 'Whatever is not deploy is worded as destroy.',
  },
  {
    file: 'src/operations/rules/admission.ts',
    line: "next: `1. Call ${howToPlan(stage, 'destroy')}: it shows what would be lost, and gives a planId and a phrase. 2. Call ${howToDestroy(stage, '<its planId>', '<its phrase>')}. 3. Another person then runs: bun mcp approve <operationId>.`,",
    changes: [["'destroy'", "''"]],
    why: 'Whatever is not deploy is worded as destroy.',
  },
  {
    file: 'src/operations/rules/admission.ts',
    line: "next: `Call ${howToDestroy(stage, planId ?? '', plan.phrase)}. Another person then runs: bun mcp approve <operationId>.`,",
    changes: [["''", "'another'"]],
    why: 'A plan is known by the id that was given.',
  },
  {
    file: 'src/operations/rules/dispatch-rule.ts',
    line: 'return now >= (last.retryAt ?? 0)',
    changes: [['0', '(0 + 1)']],
    why: 'Both moments are half a century ago.',
  },
  {
    file: 'src/operations/rules/dispatch-rule.ts',
    line: 'const { reason, retryAfterMs = 0 } = answer;',
    changes: [['0', '(0 + 1)']],
    why: 'The pause is ten seconds at least.',
  },
  {
    file: 'src/mcp/stage/sql/text-rules.ts',
    line: 'let deepest = 0;',
    changes: [['0', '(0 + 1)']],
    why: 'It is held against a hundred.',
  },
  {
    file: 'src/mcp/stage/sql/recursion-rule.ts',
    line: "(part) => part.type === 'QualifiedName' && nameOf(childOf(part, 'objName')) === name,",
    changes: [["part.type === 'QualifiedName'", 'true']],
    why: 'No other part has an objName.',
  },
  {
    file: 'src/mcp/stage/sql/statement-rules.ts',
    line: "return 'args' in node && node.args !== undefined",
    changes: [["'args' in node", 'true']],
    why: 'What is not there is undefined.',
  },
  {
    file: 'src/mcp/stage/sql/statement-rules.ts',
    line: "return checkFunction(foldCase(textOf(childOf(node, 'name'), 'name') ?? ''));",
    changes: [["''", "'another'"]],
    why: 'Neither is a function.',
  },
  {
    file: 'src/mcp/stage/sql/schema-rules.ts',
    line: "if (type !== 'table' || sql === null) continue;",
    changes: [
      ["type !== 'table'", 'false'],
      ['sql === null', 'false'],
      ['||', '&&'],
    ],
    why: 'It only saves the parsing of what is no virtual table.',
  },
  {
    file: 'src/mcp/stage/sql/schema-rules.ts',
    line: "const module = parseStored(sql, 'CreateVirtualTableStmt')?.moduleName.text ?? '';",
    changes: [["''", "'another'"]],
    why: 'Neither is a module that we know.',
  },
  {
    file: 'src/mcp/stage/sql/syntax-tree.ts',
    line: "'type' in value && typeof value.type === 'string';",
    changes: [["'type' in value", 'true']],
    why: 'What is not there is undefined.',
  },
];
