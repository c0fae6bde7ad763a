import { PGlite } from '@electric-sql/pglite';
import { Module } from '@nestjs/common';
import { Supervisor } from 'rxjs-supervisor';
import { SupervisorModule } from 'rxjs-supervisor/nest';
import { postgresTable } from 'rxjs-supervisor/postgres';
import { BotsController } from './bots.controller.ts';
import type { Bot, Bots } from './bots.ts';
import { BOTS, BOTS_HEALTH, poller } from './bots.ts';
import { Chat } from './chat.ts';
import { ResourcesModule } from './resources.module.ts';

@Module({
  imports: [
    ResourcesModule,
    SupervisorModule.register({
      provide: BOTS,
      health: BOTS_HEALTH,
      imports: [ResourcesModule],
      inject: [PGlite, Chat],
      useFactory: (database: PGlite, chat: Chat): Bots =>
        new Supervisor(postgresTable<string, Bot>(database, { table: 'bots', key: 'name' }), {
          process: poller(chat.url),
        }),
      within: 20_000,
    }),
  ],
  controllers: [BotsController],
})
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a module is a class
export class AppModule {}
