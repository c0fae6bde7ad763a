/**
 * Splits text into lines, wherever its pieces end: what is emitted doesn't depend on that. A line ends with `\n` or `\r\n`;
 * one that is longer than `max` characters (at least 2) is emitted in parts, never inside a surrogate pair.
 */
export class LineSplitter {
  #rest = '';

  constructor(
    readonly max: number,
    readonly emit: (line: string) => void,
  ) {}

  write(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      this.#end(this.#rest + text.slice(from, to));
      from = to + 1;
    }
    const rest = this.#rest + text.slice(from);
    // It may belong to the end of the line, and then it doesn't count.
    const held = rest.endsWith('\r') ? '\r' : '';
    this.#rest = this.#cut(rest.slice(0, rest.length - held.length)) + held;
  }

  /** What was begun is a line, too. */
  end(): void {
    const rest = this.#cut(this.#rest);
    this.#rest = '';
    if (rest !== '') this.emit(rest);
  }

  #end(line: string): void {
    this.#rest = '';
    this.emit(this.#cut(line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  /** Emits what is too much, and gives the rest. */
  #cut(line: string): string {
    let rest = line;
    while (rest.length > this.max) {
      const at = isHighSurrogate(rest.charCodeAt(this.max - 1)) ? this.max - 1 : this.max;
      this.emit(rest.slice(0, at));
      rest = rest.slice(at);
    }
    return rest;
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
