import { Chaos } from '../support/postgres-chaos.ts';
import { faults } from '../support/postgres-faults.ts';

describe('10 000 processes, with writers at work,', () => {
  let chaos: Chaos;
  beforeAll(async () => {
    chaos = await Chaos.start();
  }, 120_000);
  afterAll(() => chaos.end(), 120_000);

  it.each(Object.entries(faults))(
    'live on, and agree with the rows within one reconnect, when %s',
    async (_, fault) => {
      const { reconnects } = await chaos.round(fault);
      expect(chaos.violations).toEqual([]);
      expect(reconnects).toBeLessThanOrEqual(1);
      expect(chaos.written).toBeGreaterThan(0);
    },
    120_000,
  );
});
