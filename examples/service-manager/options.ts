import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** The folder of the database; none to have it in memory. */
export const directory = readArguments();

function readArguments(): string | undefined {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string', default: join(import.meta.dirname, '.data') },
        memory: { type: 'boolean', default: false },
      },
    });
    return values.memory ? undefined : values.data;
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: npm start -- [--data DIR | --memory]`);
    process.exit(2);
  }
}
