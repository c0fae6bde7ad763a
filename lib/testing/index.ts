export type { LaneExpectation } from './expect-lanes.ts';
export { expectLanes } from './expect-lanes.ts';
export { lanes } from './lanes.ts';
