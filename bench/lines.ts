import type { Name } from './contenders/index.ts';
import type { Job, Outcome } from './job.ts';
import type { Line } from './table.ts';
import { workloads } from './workloads/index.ts';

/** The lines of what was measured: each contender's figures beside the limit's of the same workload, number and run. */
export function linesOf(measured: readonly { readonly job: Job; readonly outcome: Outcome }[]): Line[] {
  const lines: Line[] = [];
  for (const { job, outcome } of measured) {
    const { workload, n } = job;
    const figures = workloads[workload]?.figures ?? {};
    const beside = outcome.limit ?? limitAlone(job, measured);
    for (const contender of job.contenders) {
      const own = outcome[contender];
      if (contender === 'limit' || own === undefined || beside === undefined) continue;
      for (const [figure, { about, unit, aim }] of Object.entries(figures)) {
        const limit = beside[figure];
        const spread = own[figure];
        if (limit === undefined || spread === undefined) continue;
        const line: Line = {
          workload,
          figure,
          about,
          unit,
          n,
          contender,
          limit,
          measured: spread,
          ratio: spread.median / limit.median,
          ...(aim === undefined || contender !== 'supervised' ? {} : { aim }),
        };
        lines.push({ ...line, ...growth(line, lines) });
      }
    }
  }
  return lines;
}

/** Of a workload that measures it in a process of its own. */
function limitAlone(
  { workload, n }: Job,
  measured: readonly { readonly job: Job; readonly outcome: Outcome }[],
): Outcome[Name] {
  return measured.find(({ job, outcome }) => job.workload === workload && job.n === n && outcome.limit)?.outcome.limit;
}

function growth(line: Line, earlier: readonly Line[]): Pick<Line, 'growth'> {
  const tenth = earlier.find(
    ({ workload, figure, contender, n }) =>
      workload === line.workload && figure === line.figure && contender === line.contender && n * 10 === line.n,
  );
  if (tenth === undefined) return {};
  const { limit, measured } = tenth;
  return {
    growth: {
      limit: line.limit.median / limit.median,
      measured: line.measured.median / measured.median,
    },
  };
}
