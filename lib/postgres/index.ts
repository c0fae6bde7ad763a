export type { Database } from './database.ts';
export type { Source } from './source.ts';
export type { PostgresTableOptions } from './postgres-table.ts';
export { postgresTable } from './postgres-table.ts';
export { PostgresTableError } from './postgres-table-error.ts';
export { installNotifications, notificationSql } from './notifications.ts';
