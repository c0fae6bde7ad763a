/** What a NOTIFY carries that is sent round to see whether it comes back. Others who hear it leave it alone. */
const PREFIX = 'rxjs-supervisor probe ';

let probes = 0;

/** A payload that is sent but once, by anybody. */
export const newProbe = (): string => `${PREFIX}${String(++probes)} ${Math.random().toString(36).slice(2)}`;

export const isProbe = (payload: string): boolean => payload.startsWith(PREFIX);
