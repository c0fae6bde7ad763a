import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from './mutants-list.ts';

// Breaks a copy of the core on purpose, in one way after the other, and has the model find it: which invariant saw it,
// and after how many histories. --runs N: how many histories each may take; --seed S; --only TEXT: of those names only.
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const runs = option('runs') ?? '20000';
const seed = option('seed') ?? '1';
const chosen = mutants.filter(({ name }) => name.includes(option('only') ?? ''));

const invariants: Readonly<Record<string, string>> = {
  1: 'one live process for each key',
  2: 'quiet means agreement with the table',
  3: 'nothing after the end',
  4: 'the events tell it all, in order',
  5: 'absence is believed of complete reads only',
  6: 'commands keep their word',
  8: 'trouble becomes an event',
};

const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
for (const part of ['lib', 'spec/model', 'scripts/model.ts', 'package.json', 'tsconfig.json']) {
  cpSync(part, join(copy, part), { recursive: true });
}
symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));

let failed = false;
try {
  // All of them, before any is tried: a pattern that no longer matches is to be seen at once.
  const broken = chosen.map((mutant) => ({ ...mutant, text: mutate(mutant.file, mutant.find, mutant.replace) }));
  console.log('| broken on purpose | found by | after |\n|---|---|---|');
  for (const { name, file, text } of broken) {
    const path = join(copy, file);
    const original = readFileSync(path);
    writeFileSync(path, text);
    const found = await play();
    writeFileSync(path, original);
    if (found === undefined) failed = true;
    console.log(`| ${name} | ${found ?? `**nothing**, in ${runs} histories |`}`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
if (failed) {
  console.error('\nThe model does not see each of them.');
  process.exitCode = 1;
}

/** The file's text with the one place changed. Throws where there is none, or more than one. */
function mutate(file: string, find: string, replace: string): string {
  const text = readFileSync(file, 'utf8');
  const places = text.split(find).length - 1;
  if (places === 1) return text.replace(find, () => replace);
  throw new Error(
    `${file} was expected to have this once, but has it ${places} times. Adjust scripts/mutants-list.ts.\n\n${find}`,
  );
}

/** Plays histories against the copy: the cells of a row of the table, or `undefined` when all of them kept the rules. */
async function play(): Promise<string | undefined> {
  const args = [
    '--conditions=rxjs-supervisor/source',
    '--import',
    'tsx',
    'scripts/model.ts',
    '--unshrunk',
    '--cores',
    '1',
  ];
  const child = spawn(process.execPath, [...args, '--runs', runs, '--seed', seed], { cwd: copy });
  let output = '';
  const add = (data: Buffer): void => void (output += data.toString());
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code === 0) return undefined;
  const earlier = [...output.matchAll(/^seed \d+: (\d+) histories/gm)].at(-1)?.[1] ?? '0';
  const [, histories, rule, what] = /^after (\d+) histories: Error: (?:(\d): )?(.*)$/m.exec(output) ?? [];
  if (histories === undefined) throw new Error(`The model broke down:\n${output}`);
  const after = Number(earlier) + Number(histories);
  const invariant = rule === undefined ? what : `${rule}: ${invariants[rule] ?? what}`;
  return `${invariant} | ${after} ${after === 1 ? 'history' : 'histories'} |`;
}
