import { PGlite } from '@electric-sql/pglite';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Inject, Module } from '@nestjs/common';
import { installNotifications } from 'rxjs-supervisor/postgres';
import { Chat } from './chat.ts';

/** A PostgreSQL in memory, with two bots to look at. */
async function openDatabase(): Promise<PGlite> {
  const database = await PGlite.create();
  await database.exec(`
    create table bots (name text primary key, token text not null);
    insert into bots values ('ann', 'token-a'), ('bob', 'token-b')`);
  await installNotifications(database, { table: 'bots', key: 'name' });
  return database;
}

/** What the bots need: it is open as long as they run. */
@Module({
  providers: [
    { provide: PGlite, useFactory: openDatabase },
    { provide: Chat, useFactory: () => new Chat().open() },
  ],
  exports: [PGlite, Chat],
})
export class ResourcesModule implements OnApplicationShutdown {
  readonly #database: PGlite;
  readonly #chat: Chat;

  constructor(@Inject(PGlite) database: PGlite, @Inject(Chat) chat: Chat) {
    this.#database = database;
    this.#chat = chat;
  }

  async onApplicationShutdown(): Promise<void> {
    this.#chat.close();
    await this.#database.close();
  }
}
