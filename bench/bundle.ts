import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * The measuring program with this library from its sources, as JavaScript of ES2022: no loader's work is measured with it.
 * What else is measured is imported as it is installed. It is removed when this process exits. The path of the program.
 */
export async function bundle(): Promise<string> {
  // There, so that it finds the packages.
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [join(root, 'bench', 'child.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['rxjs-supervisor/source'],
    external: ['rxjs', 'xstate', 'effect'],
    logLevel: 'warning',
  });
  return join(folder, 'child.mjs');
}
