import { PGlite } from '@electric-sql/pglite';
import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  Put,
  ServiceUnavailableException,
} from '@nestjs/common';
import { firstValueFrom } from 'rxjs';
import type { SupervisorHealth, SupervisorHealthResult } from 'rxjs-supervisor/nest';
import type { Bot, Bots } from './bots.ts';
import { BOTS, BOTS_HEALTH } from './bots.ts';

/** What is edited is the table; the supervisor follows. */
@Controller()
export class BotsController {
  readonly #database: PGlite;
  readonly #bots: Bots;
  readonly #health: SupervisorHealth;

  constructor(
    @Inject(PGlite) database: PGlite,
    @Inject(BOTS) bots: Bots,
    @Inject(BOTS_HEALTH) health: SupervisorHealth,
  ) {
    this.#database = database;
    this.#bots = bots;
    this.#health = health;
  }

  @Get('bots')
  list(): object[] {
    return [...this.#bots.statuses().values()].map(({ key, state, incarnation }) => ({
      name: key,
      state,
      incarnation,
      why: String(this.#bots.explain(key)),
    }));
  }

  @Put('bots/:name')
  async put(@Param('name') name: string, @Body() body: Partial<Bot> | undefined): Promise<Bot> {
    const token = body?.token;
    if (typeof token !== 'string') throw new BadRequestException('Expected a body { "token": "…" }.');
    await this.#database.query(
      'insert into bots values ($1, $2) on conflict (name) do update set token = excluded.token',
      [name, token],
    );
    return { name, token };
  }

  @Delete('bots/:name')
  @HttpCode(204)
  async delete(@Param('name') name: string): Promise<void> {
    const { affectedRows } = await this.#database.query('delete from bots where name = $1', [name]);
    if (affectedRows === 0) throw new NotFoundException(`There is no bot ${name}.`);
  }

  /** Answers once the new one runs. */
  @Post('bots/:name/restart')
  @HttpCode(204)
  async restart(@Param('name') name: string): Promise<void> {
    if (this.#bots.status(name) === undefined) throw new NotFoundException(`There is no bot ${name}.`);
    await firstValueFrom(this.#bots.restart(name), { defaultValue: undefined });
  }

  /** One bot that fails is that bot's trouble: it is listed here, and this server needs no restart for it. */
  @Get('health')
  health(): object {
    const health: { bots: SupervisorHealthResult } = this.#health.check('bots', { tolerate: ['failing', 'given-up'] });
    if (health.bots.status === 'down') throw new ServiceUnavailableException(health);
    return health;
  }
}
