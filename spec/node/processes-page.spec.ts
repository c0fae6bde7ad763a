import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { snippetsOf } from '../support/doc-snippets.ts';
import { programOf } from '../support/program.ts';

const page = 'docs/processes.md';
const programs = snippetsOf(page, readFileSync(page, 'utf8'))
  .map(({ line, code }) => ({ line, code, prints: [...code.matchAll(/^\/\/ prints (.*)$/gm)].map(([, text]) => text) }))
  .filter(({ prints }) => prints.length > 0);

describe(`the programs of ${page}`, () => {
  it.each(programs)('at line $line prints what it says, and leaves no process', async ({ code, prints }) => {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const program = programOf(ts.transpileModule(code, { compilerOptions }).outputText);
    expect(await program.ended()).toBe(0);
    expect(program.output.trimEnd().split('\n')).toEqual(prints);
    expect(program.processes()).toEqual([]);
  });
});
