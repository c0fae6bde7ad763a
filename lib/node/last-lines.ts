/** How many lines an error tells. */
const COUNT = 10;
/** Characters of each that it tells. */
const LENGTH = 1_000;

/** The last lines of what somebody said, and no more than that. */
export class LastLines {
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line);
    if (this.#lines.length > COUNT) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
