/** A signal, made anew for each feed: gives a value for a time in seconds. */
export type Signal = () => (time: number) => number;

const tide: Signal = () => {
  const phase = Math.random() * 60;
  return (time) => 3 + 1.6 * Math.sin((time + phase) / 4) + 0.4 * Math.sin((time + phase) / 0.9);
};

const wind: Signal = () => {
  let gust = 0;
  return (time) => {
    gust = gust * 0.86 + (Math.random() < 0.12 ? Math.random() * 9 : 0);
    return 6 + Math.sin(time / 7) + gust + Math.random();
  };
};

const walk: Signal = () => {
  let value = 100;
  return () => (value += (Math.random() - 0.5) * 2 + (100 - value) * 0.01);
};

const steps: Signal = () => {
  let level = 2;
  return () => (level = Math.random() < 0.08 ? Math.floor(Math.random() * 5) : level);
};

/** `flaky` is a walk whose feed breaks. */
export const signals: Readonly<Record<string, Signal | undefined>> = { tide, wind, walk, steps, flaky: walk };
