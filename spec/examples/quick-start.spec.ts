import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

describe('examples/quick-start.ts', () => {
  it('starts, restarts, replaces and stops feeds as their rows come, change and go, and ends by itself', async () => {
    const args = ['--conditions=rxjs-supervisor/source', '--import', 'tsx', 'examples/quick-start.ts'];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    const lines = stdout.trimEnd().split('\n');
    const about = (key: string) =>
      lines
        .filter((line) => !line.startsWith(' ') && line.includes(` ${key}`))
        .map((line) => line.replace(` ${key}`, ''));

    expect(stderr).toBe('');
    expect(about('btc').join(' · ')).toMatch(
      /^starting · running · failed Error: the feed broke · backoff \d+ ms · starting · running · stopping · stopped · starting · running · stopping · stopped$/,
    );
    expect(about('eth')).toEqual(['starting', 'running', 'stopping', 'stopped', 'removed']);
    expect(lines).toContain('  btc: example.org/btc 2');
    expect(lines).toContain('  btc: example.net/btc 0');
    expect(lines).toContain('  eth: example.org/eth 1');
    expect(lines.slice(-2)).toEqual(['down', 'The end.']);
  });
});
