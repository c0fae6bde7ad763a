export type { LaneExpectation } from './expect-lanes.ts';
export { expectLanes } from './expect-lanes.ts';
export { lanes } from './lanes.ts';
export type { ProcessMarbles } from './process-from.ts';
export { processFrom } from './process-from.ts';
export type { MarbleSnapshot } from './table-from-marbles.ts';
export { tableFromMarbles } from './table-from-marbles.ts';
