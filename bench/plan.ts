import type { Name } from './contenders/index.ts';
import type { Job } from './job.ts';
import type { Options } from './options.ts';
import { workloads } from './workloads/index.ts';

/** How many live where peers are measured: some of them take minutes with more. */
const WITH_PEERS = 10_000;

/** The jobs of a run: each is a process. The limit is in each, beside one contender. */
export function jobs({ workloads: names, sizes, peers, rounds, cpu }: Options): Job[] {
  return names.flatMap((name) => {
    const workload = workloads[name];
    if (workload === undefined) return [];
    const job = (n: number, ...contenders: Name[]): Job => ({
      workload: name,
      n,
      contenders,
      cpu,
      ...(rounds === undefined ? {} : { rounds }),
    });
    const ours = (sizes ?? workload.sizes).flatMap((n) =>
      workload.alone === true ? [job(n, 'limit'), job(n, 'supervised')] : [job(n, 'limit', 'supervised')],
    );
    const theirs = workload.peers
      ? (sizes ?? [WITH_PEERS]).flatMap((n) => peers.map((peer) => job(n, 'limit', peer)))
      : [];
    return [...ours, ...theirs];
  });
}
