import { formatWithOptions } from 'node:util';
import { jest } from '@jest/globals';
import ts from 'typescript';

/** A block of TypeScript in a page of the documentation. */
export interface Snippet {
  readonly page: string;
  /** Where its code begins: the first line of a page is 1. */
  readonly line: number;
  readonly code: string;
  /** What it takes for granted: code that comes before it, and that readers don't see. */
  readonly prelude: string;
  /** The lines that it says it prints: its comments `// → …`, in their order. */
  readonly expected: readonly string[];
}

const BLOCK = /^<!-- (?<scope>with|page):\s(?<assumed>[\s\S]*?)\s-->|^```ts\n(?<code>[\s\S]*?)^```/gm;

/**
 * The ```` ```ts ```` blocks of a page.
 *
 * A comment `<!-- with: code -->` is the prelude of the next block, and `<!-- page: code -->` that of every block further
 * down, but for those that import: they are whole programs.
 */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const assumed = { page: '', with: '' };
  for (const { groups, index } of markdown.matchAll(BLOCK)) {
    const { scope, code } = groups as { scope?: 'page' | 'with'; assumed?: string; code?: string };
    if (scope !== undefined) {
      assumed[scope] = groups!['assumed']!;
    } else if (code !== undefined) {
      const line = markdown.slice(0, index).split('\n').length + 1;
      const prelude = (/^import /m.test(code) ? '' : `${assumed.page}\n`) + `${assumed.with}\n`;
      const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text!.trimEnd());
      snippets.push({ page, line, code, prelude, expected });
      assumed.with = '';
    }
  }
  return snippets;
}

/** Files that aren't snippets: the same for every program. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler has to say about snippets, as one program: `docs/tables.md:12 …`. `root` is the package's folder. */
export function typeErrors(snippets: readonly Snippet[], root: string): string[] {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, types: ['node'] });

  const files = new Map(snippets.map((snippet) => [`${root}/${snippet.page}.${snippet.line}.ts`, snippet]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const textOf = (path: string): string | undefined => {
    const snippet = files.get(path);
    return snippet && snippet.prelude + snippet.code;
  };
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => textOf(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = textOf(path);
    if (text !== undefined) return ts.createSourceFile(path, text, version);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, version, ...rest));
    return parsed.get(path);
  };

  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([path, { page, line, prelude }]) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((found) => {
      const at = file.getLineAndCharacterOfPosition(found.start ?? 0).line - prelude.split('\n').length + 1;
      const where = at < 0 ? `${page}:${line} (what it assumes)` : `${page}:${line + at}`;
      return `${where} ${ts.flattenDiagnosticMessageText(found.messageText, '\n')}`;
    });
  });
}

type Main = (require: (name: string) => unknown, exports: object, console: object) => Promise<void>;
const AsyncFunction = (async () => undefined).constructor as new (...parametersAndBody: string[]) => Main;

/** ms that a snippet may take; they pass at once. */
const LIMIT = 600_000;

/** Runs a snippet on a clock that starts at 0, and gives the lines that it printed. `modules`: what it may import. */
export async function outputOf(
  { page, line, prelude, code }: Snippet,
  modules: Readonly<Record<string, object>>,
): Promise<string[]> {
  const lines: string[] = [];
  const log = (...args: unknown[]) => lines.push(formatWithOptions({ breakLength: Infinity }, ...args));
  const load = (name: string): object => {
    if (name in modules) return modules[name]!;
    throw new Error(`${page}:${line} imports ${name}, which spec/docs.spec.ts doesn't offer.`);
  };
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const main = new AsyncFunction(
    'require',
    'exports',
    'console',
    ts.transpileModule(prelude + code, { compilerOptions }).outputText,
  );
  jest.useFakeTimers({ now: 0 });
  try {
    const run = { ended: false };
    const end = main(load, {}, { log }).finally(() => (run.ended = true));
    end.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(LIMIT);
    if (!run.ended)
      throw new Error(`${page}:${line} still waits after ${LIMIT} ms, having printed\n${lines.join('\n')}`);
    await end;
  } finally {
    jest.useRealTimers();
  }
  return lines.flatMap((text) => text.split('\n'));
}
