/**
 * A Nest server that keeps one poller for each row of its table of bots. Run it:
 *
 *     node --conditions=rxjs-supervisor/source --import tsx examples/nest-bots/main.ts
 *     curl localhost:3000/bots
 *     curl -X PUT localhost:3000/bots/cat -H 'content-type: application/json' -d '{"token":"token-c"}'
 *     curl -X PUT localhost:3000/bots/ann -H 'content-type: application/json' -d '{"token":"wrong"}'
 *     curl localhost:3000/health
 *     curl -X DELETE localhost:3000/bots/bob
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.ts';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks(); // SIGTERM closes the application, and that the supervisor
await app.listen(process.env['PORT'] ?? 3000, 'localhost');
