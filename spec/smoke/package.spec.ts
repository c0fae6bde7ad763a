import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { Consumer, packed } from '../support/consumer.ts';

const LIMIT = 600_000;
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
/** What the package is imported by: `rxjs-supervisor`, `rxjs-supervisor/postgres` … */
const entries = Object.keys(exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => `rxjs-supervisor${path.slice(1)}`);

/** The same program in two module systems, and what it prints. */
const program = `
const table = new MemoryTable([['a', 1]]);
const run = supervise(table, () => NEVER).subscribe((event) => console.log(event.type));
table.delete('a');
run.unsubscribe();
`;
const printed = 'starting running reconciled ready stopping stopped removed'.split(' ');
const lines = (text: string): string[] => text.trim().split('\n');

/** The program that prints the names that each entry exports. */
const names = (importing: string) => `
(async () => {
  for (const entry of process.argv.slice(2)) console.log(JSON.stringify([entry, Object.keys(await ${importing}).sort()]));
})();
`;
const parsed = (text: string): Record<string, string[]> =>
  Object.fromEntries(lines(text).map((line) => JSON.parse(line) as [string, string[]]));

let tarball: string;
beforeAll(async () => (tarball = await packed()), LIMIT);

describe('the package as published', () => {
  it(
    'exports these names',
    async () => {
      const peers = ['rxjs', 'react', '@angular/core'];
      const files = { 'esm.mjs': names('import(entry)'), 'cjs.cjs': names('require(entry)') };
      const consumer = await Consumer.install(tarball, {}, files, peers);
      const esm = parsed(await consumer.run(process.execPath, 'esm.mjs', ...entries));
      const withCjs = entries.filter((entry) => !entry.endsWith('/angular')); // Angular itself is ESM alone
      const cjs = parsed(await consumer.run(process.execPath, 'cjs.cjs', ...withCjs));
      const own = (found: readonly string[] = []) =>
        found.filter((name) => name !== 'default' && name !== 'module.exports');
      for (const entry of withCjs) expect([entry, own(cjs[entry])]).toEqual([entry, esm[entry]]);
      for (const entry of entries) {
        const types = exportedNames(consumer.folder, entry).filter((name) => !esm[entry]!.includes(name));
        expect({ values: esm[entry], types }).toMatchSnapshot(entry);
      }
    },
    LIMIT,
  );

  it(
    'works in an ESM project, with its types',
    async () => {
      const consumer = await Consumer.install(
        tarball,
        { type: 'module' },
        {
          'main.ts': `import { NEVER } from 'rxjs';\nimport { MemoryTable, supervise } from 'rxjs-supervisor';\n${program}`,
          'entries.ts': ['postgres', 'testing', 'nest']
            .map((name) => `export type * as ${name} from 'rxjs-supervisor/${name}';\n`)
            .join(''),
          'wrong.ts': `import { MemoryTable } from 'rxjs-supervisor';\nnew MemoryTable([['a', 1]]).set('a', 'one');\n`,
        },
      );
      const tsc = (file: string) =>
        consumer.tool(
          'typescript/bin/tsc',
          ...['--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,dom', file],
        );
      await tsc('main.ts');
      await tsc('entries.ts');
      await expect(tsc('wrong.ts')).rejects.toThrow(/wrong\.ts.*TS2345/);
      expect(lines(await consumer.run(process.execPath, 'main.js'))).toEqual(printed);
    },
    LIMIT,
  );

  it(
    'works in a CJS project, with its types',
    async () => {
      const consumer = await Consumer.install(
        tarball,
        { type: 'commonjs' },
        {
          'main.ts': `import { NEVER } from 'rxjs';\nimport { MemoryTable, supervise } from 'rxjs-supervisor';\n${program}`,
        },
      );
      await consumer.tool(
        'typescript/bin/tsc',
        ...['--strict', '--module', 'node16', '--target', 'es2022', '--lib', 'es2022,dom', 'main.ts'],
      );
      expect(readFileSync(join(consumer.folder, 'main.js'), 'utf8')).toContain('require("rxjs-supervisor")');
      expect(lines(await consumer.run(process.execPath, 'main.js'))).toEqual(printed);
    },
    LIMIT,
  );

  it(
    'works in a Jest project in CJS mode',
    async () => {
      const consumer = await Consumer.install(
        tarball,
        { name: 'consumer' },
        {
          'bots.test.js': `
        const { TestScheduler } = require('rxjs/testing');
        const { MemoryTable, supervise } = require('rxjs-supervisor');
        const { expectLanes } = require('rxjs-supervisor/testing');
        test('a bot is restarted', () => {
          new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold }) => {
            const process = cold('5s #');
            const events$ = supervise(new MemoryTable([['bot', 1]]), { process: () => process, restart: { delay: 1_000 } });
            expectLanes(events$, '10s').toBe({ bot: '0 SR  5s XB  6s SR' });
          });
        });`,
        },
      );
      expect(await consumer.tool('jest/bin/jest.js', '--rootDir', consumer.folder)).toMatch(/1 passed, 1 total/);
    },
    LIMIT,
  );

  it(
    'works in an app that Vite builds',
    async () => {
      const consumer = await Consumer.install(
        tarball,
        { type: 'module' },
        {
          'index.html': '<!doctype html><script type="module" src="/main.js"></script>',
          'main.js': `import { NEVER } from 'rxjs';\nimport { MemoryTable, supervise } from 'rxjs-supervisor';\n${program}`,
          'vite.config.js': 'export default { build: { modulePreload: { polyfill: false } } };',
        },
      );
      await consumer.tool('vite/bin/vite.js', 'build', '--logLevel', 'warn');
      const [script] = readdirSync(join(consumer.folder, 'dist/assets')).filter((name) => name.endsWith('.js'));
      // A browser has no more than this of what it uses.
      expect(lines(await consumer.run(process.execPath, join('dist/assets', script!)))).toEqual(printed);
    },
    LIMIT,
  );

  it(
    'has what its manifest names, and brings no dependencies',
    async () => {
      const consumer = await Consumer.install(tarball, {}, {}, []);
      const folder = join(consumer.folder, 'node_modules/rxjs-supervisor');
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
      const files = [
        ...JSON.stringify([manifest['exports'], manifest['main'], manifest['types']]).matchAll(/"(\.\/[^"]+\.[jt]s)"/g),
      ];
      expect(files.length).toBeGreaterThan(5 * entries.length);
      expect(files.map(([, file]) => file!).filter((file) => !existsSync(join(folder, file)))).toEqual([]);
      expect(manifest['dependencies']).toBeUndefined();
      expect(readdirSync(join(consumer.folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
        'rxjs-supervisor',
      ]);
    },
    LIMIT,
  );
});

/** All names that an entry exports, those of types too. */
function exportedNames(folder: string, entry: string): string[] {
  const options: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, types: [], noEmit: true };
  const importer = join(folder, 'importer.mts');
  const { resolvedModule } = ts.resolveModuleName(
    entry,
    importer,
    options,
    ts.sys,
    undefined,
    undefined,
    ts.ModuleKind.ESNext,
  );
  const program = ts.createProgram([resolvedModule!.resolvedFileName], options);
  const file = program.getSourceFile(resolvedModule!.resolvedFileName)!;
  const checker = program.getTypeChecker();
  return checker
    .getExportsOfModule(checker.getSymbolAtLocation(file)!)
    .map(({ name }) => name)
    .sort();
}
