import type { History, Reading } from './history.ts';
import { SHOWN } from './history.ts';
import type { Palette } from './palette.ts';

/** px */
const LANE = { height: 12, gap: 5 };
/** ms without a value after which the line has a gap. */
const SILENCE = 2_500;

/**
 * The last minute of a feed on one axis of time: its values as a line, and below them its lane, a bar for each state and a
 * cross for each failure. States differ in their shape too, not in their colour alone.
 */
export function drawPast(canvas: HTMLCanvasElement, history: History, now: number, palette: Palette): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  const x = (at: number): number => Math.max(0, width * (1 - (now - at) / SHOWN));

  pen.fillStyle = palette.grid;
  for (const part of [0, 0.25, 0.5, 0.75, 1]) pen.fillRect(Math.min(width - 1, Math.round(width * part)), 0, 1, height);

  const top = height - LANE.height;
  drawValues(pen, history.readings, x, top - LANE.gap, palette);
  history.spans.forEach(({ from, state }, i) => {
    const end = x(history.spans[i + 1]?.from ?? now);
    const start = x(from);
    pen.fillStyle = palette.states[state];
    // A moment, as most starts are, is seen too.
    drawBar(pen, state, start, Math.max(1.5, end - start), top, palette.ground);
  });
  pen.lineCap = 'round';
  pen.strokeStyle = palette.failure;
  pen.lineWidth = 2;
  for (const at of history.failures) drawCross(pen, x(at), top + LANE.height / 2, palette.ground);
}

function drawValues(
  pen: CanvasRenderingContext2D,
  readings: readonly Reading[],
  x: (at: number) => number,
  height: number,
  palette: Palette,
): void {
  const values = readings.map(({ value }) => value);
  const least = Math.min(...values);
  const scale = (height - 6) / Math.max(Math.max(...values) - least, 1e-9);
  const y = (value: number): number => height - 3 - (value - least) * scale;
  const lines: Reading[][] = [];
  readings.forEach((reading, i) => {
    const before = readings[i - 1];
    if (before === undefined || reading.at - before.at > SILENCE) lines.push([]);
    lines.at(-1)?.push(reading);
  });
  pen.lineJoin = 'round';
  pen.lineWidth = 1.5;
  for (const line of lines) {
    pen.beginPath();
    for (const { at, value } of line) pen.lineTo(x(at), y(value));
    pen.strokeStyle = palette.line;
    pen.stroke();
    pen.lineTo(x(line.at(-1)?.at ?? 0), height);
    pen.lineTo(x(line[0]?.at ?? 0), height);
    pen.fillStyle = palette.area;
    pen.fill();
  }
}

/** Full while it lives, half as high while it comes and goes, a thin line while nothing is there. */
function drawBar(
  pen: CanvasRenderingContext2D,
  state: string,
  x: number,
  width: number,
  top: number,
  ground: string,
): void {
  if (state === 'running' || state === 'stuck') {
    pen.fillRect(x, top, width, LANE.height);
  } else if (state === 'starting' || state === 'stopping') {
    pen.fillRect(x, top, width, LANE.height);
    pen.fillStyle = ground;
    for (let stripe = x + 2; stripe < x + width - 1; stripe += 4) pen.fillRect(stripe, top, 2, LANE.height);
  } else {
    pen.fillRect(x, top + LANE.height / 2 - 1.5, width, 3);
  }
}

function drawCross(pen: CanvasRenderingContext2D, x: number, y: number, ground: string): void {
  const arm = 3;
  pen.fillStyle = ground;
  pen.beginPath();
  pen.arc(x, y, 2 * arm + 1, 0, 2 * Math.PI);
  pen.fill();
  pen.beginPath();
  pen.moveTo(x - arm, y - arm);
  pen.lineTo(x + arm, y + arm);
  pen.moveTo(x + arm, y - arm);
  pen.lineTo(x - arm, y + arm);
  pen.stroke();
}
