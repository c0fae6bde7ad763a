import { Chaos } from '../spec/support/postgres-chaos.ts';
import { faults } from '../spec/support/postgres-faults.ts';

// Does harm to a real server under load: --rounds N (100), --only TEXT for the faults whose names have it.
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const rounds = Number(option('rounds') ?? 100);
const only = option('only') ?? '';
const chosen = Object.entries(faults).filter(([name]) => name.includes(only));
if (chosen.length === 0) throw new Error(`No fault has ${only} in its name: ${Object.keys(faults).join(', ')}.`);

const chaos = await Chaos.start();
const times = new Map<string, number[]>();
let failure: unknown;
let most = 0;
try {
  for (let round = 0; round < rounds; round++) {
    const [name, fault] = chosen[round % chosen.length] as (typeof chosen)[number];
    const { took, reconnects } = await chaos.round(fault);
    if (chaos.violations.length > 0) throw new Error(chaos.violations.slice(0, 10).join(', '));
    if (reconnects > 1) throw new Error(`${reconnects} reconnects were needed`);
    most = Math.max(most, reconnects);
    times.set(name, [...(times.get(name) ?? []), took]);
    console.log(`${String(round + 1).padStart(3)} ${name}: agreed ${Math.round(took)} ms after`);
  }
} catch (error) {
  failure = error;
} finally {
  await chaos.end();
}
console.table(
  Object.fromEntries(
    [...times].map(([name, all]) => {
      const sorted = [...all].sort((a, b) => a - b);
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN);
      return [name, { rounds: all.length, 'median ms': at(0.5), 'longest ms': at(1) }];
    }),
  ),
);
console.log(`${chaos.written} statements were written meanwhile, and ${chaos.refused} refused.`);
if (failure !== undefined) {
  console.error('The round after that failed:', failure);
  process.exitCode = 1;
}
