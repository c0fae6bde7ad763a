import pg from 'pg';
import type { Chaos } from './postgres-chaos.ts';

/** What may happen to a server. Each ends when `changes` was lost for it, with the server as it was. */
export const faults: Readonly<Record<string, (chaos: Chaos) => Promise<void>>> = {
  'the backend of the listener is terminated': (chaos) => chaos.loses(() => terminateListener(chaos.server)),

  'every backend is terminated': (chaos) =>
    chaos.loses(() =>
      chaos.server.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`),
    ),

  'the server is restarted': (chaos) => chaos.loses(() => chaos.server.restart('fast')),

  'the server crashes': (chaos) => chaos.loses(() => chaos.server.restart('immediate')),

  'the server is frozen': async (chaos) => {
    await chaos.loses(() => chaos.server.freeze());
    chaos.server.thaw();
  },

  'the network swallows everything': async (chaos) => {
    await chaos.loses(() => chaos.proxy.cut());
    chaos.proxy.mend();
  },

  'no connection is left': async (chaos) => {
    const taken: pg.Client[] = [];
    const take = async (): Promise<void> => {
      for (;;) {
        const client = new pg.Client(chaos.server.config());
        client.on('error', () => undefined);
        await client.connect();
        taken.push(client);
      }
    };
    const refused = async (): Promise<void> => {
      await take().catch((error: unknown) => {
        if ((error as pg.DatabaseError).code !== '53300') throw error;
      });
    };
    try {
      await refused();
      // The first is the connection itself, the second that there is none to be had.
      await chaos.loses(async () => {
        await taken[0]?.query(TERMINATE);
        await refused();
      });
      await chaos.loses(refused);
    } finally {
      await Promise.all(taken.map((client) => client.end()));
    }
  },
};

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`;

const terminateListener = (server: Chaos['server']): Promise<unknown> => server.query(TERMINATE);
