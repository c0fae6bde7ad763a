import { PGlite } from '@electric-sql/pglite';
import { worker } from '@electric-sql/pglite/worker';

// One of all open tabs has the database; the others ask it.
void worker({ init: () => PGlite.create('idb://live-board') });
