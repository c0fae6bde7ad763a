import { stripVTControlCharacters } from 'node:util';

/** A terminal that has colours, and a user who hasn't said NO_COLOR. */
const COLOURS = process.stdout.isTTY && process.stdout.hasColors();

const paint =
  (code: number) =>
  (text: string): string =>
    COLOURS ? `\x1b[${String(code)}m${text}\x1b[0m` : text;

const names = [36, 35, 34, 96, 95, 94].map(paint);

export const colour = {
  red: paint(31),
  green: paint(32),
  yellow: paint(33),
  dim: paint(2),
  bold: paint(1),
  /** The same name has the same colour. */
  ofName: (name: string): ((text: string) => string) => {
    const sum = Buffer.from(name).reduce((total, byte) => total + byte, 0);
    return names[sum % names.length] ?? paint(36);
  },
};

/** A text of somebody else's in one line, which can do nothing to the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\s/g, ' ')
    .replaceAll(/\p{Cc}/gu, '');
}
