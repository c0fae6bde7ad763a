import { fromEvent } from 'rxjs';
import type { ProcessState } from 'rxjs-supervisor';
import { states } from './states.ts';

/** The colours of the style sheet, for what is drawn. */
export interface Palette {
  readonly states: Readonly<Record<ProcessState, string>>;
  readonly failure: string;
  readonly line: string;
  readonly area: string;
  readonly grid: string;
  readonly ground: string;
}

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    states: Object.fromEntries(Object.keys(states).map((state) => [state, colour(state)])) as Palette['states'],
    failure: colour('given-up'),
    line: colour('line'),
    area: colour('area'),
    grid: colour('grid'),
    ground: colour('sheet'),
  };
}

let palette: Palette | undefined;
fromEvent(matchMedia('(prefers-color-scheme: dark)'), 'change').subscribe(() => (palette = undefined));

/** As they are now: light or dark. */
export const currentPalette = (): Palette => (palette ??= read());
