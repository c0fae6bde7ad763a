/** One way to break the core: a text that its file has exactly once, and what stands there instead. */
export interface Mutant {
  /** What is broken. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'what settles is taken for ended once it was asked, before it has settled',
    file: 'lib/live.ts',
    find: 'if (this.#is(SETTLES)) return false;',
    replace: '',
  },
  {
    name: 'a Runnable that reads `force` is unsubscribed by it, and not waited for',
    file: 'lib/live.ts',
    find: 'this.forced && this.#signals?.heedsForce !== true',
    replace: 'this.forced',
  },
  {
    name: 'force is passed on to nobody',
    file: 'lib/live.ts',
    find: "this.#tell('abort');",
    replace: '',
  },
  {
    name: 'a read that was not complete is trusted about what is absent',
    file: 'lib/pass.ts',
    find: 'if (!this.complete || (',
    replace: 'if ((',
  },
  {
    name: 'what a full read was without is stopped, and not read again by its key',
    file: 'lib/pass.ts',
    find: '!this.touched.has(key)) this.again.add(key);',
    replace: '!this.touched.has(key)) slot.absent();',
  },
  {
    name: 'a key that is touched while a full read is under way is judged by that read',
    file: 'lib/full-reads.ts',
    find: 'this.#pass?.touched.add(key) !== undefined',
    replace: 'this.#pass !== undefined',
  },
  {
    name: 'the same row starts nothing that waits for its row to be read',
    file: 'lib/slot.ts',
    find: 'return this.errandIfAny === undefined && ',
    replace: 'return ',
  },
  {
    name: 'the row is not read again before a restart',
    file: 'lib/slot.ts',
    find: `    this.errand.due = true;
    this.host.look(this.key);`,
    replace: '    this.#retry(false);',
  },
  {
    name: 'a row that changes while its process stops is forgotten',
    file: 'lib/slot.ts',
    find: "this.row = comparison === 'changed' ? row : this.given;",
    replace: '',
  },
  {
    name: 'the policy starts again what a command has stopped',
    file: 'lib/after-end.ts',
    find: "if (hold) return 'hold';",
    replace: '',
  },
  {
    name: 'what ends during a shutdown is started again',
    file: 'lib/slot.ts',
    find: 'if (!this.host.open) {',
    replace: 'if (this.host.cut) {',
  },
  {
    name: 'a PermanentError is an error like any other',
    file: 'lib/after-end.ts',
    find: "when === 'never' || someCause(error, isPermanent)",
    replace: "when === 'never'",
  },
  {
    name: 'a changed row starts at once what has just failed',
    file: 'lib/slot.ts',
    find: "errand.notBefore = how === 'stopped' ? 0 : ",
    replace: "errand.notBefore = how !== 'never' ? 0 : ",
  },
  {
    name: 'a wait goes on after the shutdown',
    file: 'lib/slot.ts',
    find: 'if (this.live === undefined) this.disarm();',
    replace: '',
  },
  {
    name: 'a wait that was cancelled is over all the same when those that share its timer are',
    file: 'lib/alarms.ts',
    find: 'this.#waiting = undefined;\n    if (--this',
    replace: 'if (--this',
  },
  {
    name: 'a key that comes back counts its incarnations from 1',
    file: 'lib/slots.ts',
    find: `    this.byKey.delete(slot.key);
    this.#taken = Math.max(this.#taken, slot.incarnation);`,
    replace: '    this.byKey.delete(slot.key);',
  },
  {
    name: 'all may be starting at once',
    file: 'lib/gate.ts',
    find: 'if (this.#starting < this.#limit && !others) {',
    replace: 'if (!others) {',
  },
  {
    name: 'a keyed read that fails forgets its keys',
    file: 'lib/keyed-reads.ts',
    find: 'for (const key of left) if (!this.#wanted.has(key)) this.#failed.add(key);',
    replace: '',
  },
  {
    name: 'an answer is believed though its key was touched since it was asked for',
    file: 'lib/keyed-reads.ts',
    find: 'if (this.#wanted.has(key)) return;',
    replace: '',
  },
  {
    name: 'the changes stay subscribed after the run',
    file: 'lib/run.ts',
    find: 'this.#feed.cancel();',
    replace: '',
  },
  {
    name: 'what a handler of an event does takes effect at once, before the others have heard it',
    file: 'lib/mailbox.ts',
    find: '      this.#waiting.push(task);',
    replace: '      task();',
  },
  {
    name: 'a stop isn’t answered by a process that completes as it is given',
    file: 'lib/commands.ts',
    find: "else if (type === 'completed') give(subscriber, { key, incarnation, forced: false, uptime: at - ranAt });",
    replace: '',
  },
  {
    name: 'a start that was asked for while the process stops is forgotten',
    file: 'lib/slot.ts',
    find: `    this.errand.hold = false;
    this.errand.again = 'request';`,
    replace: '',
  },
  {
    name: 'what a process did while it started has taken no time',
    file: 'lib/slot-process.ts',
    find: 'host.mailbox.step(); // what the process did until now has taken its time',
    replace: '',
  },
  {
    name: 'what a process did before its first value has taken no time',
    file: 'lib/slot-process.ts',
    find: `      this.host.mailbox.step(); // as in \`start\`
      this.settle();`,
    replace: '      this.settle();',
  },
  {
    name: 'a key that changed is read ahead of the command that waits for its row',
    file: 'lib/keyed-reads.ts',
    find: 'this.#wanted.size + this.#failed.size + this.#reading.size === 0',
    replace: 'this.#reading.size === 0',
  },
  {
    name: 'a key that changed is read a second time while its first read is under way',
    file: 'lib/keyed-reads.ts',
    find: 'this.#wanted.size + this.#failed.size + this.#reading.size === 0',
    replace: 'this.#wanted.size === 0',
  },
  {
    name: 'a full read with a malformed row is said to be complete',
    file: 'lib/pass.ts',
    find: `expected, row));
    this.complete = false;`,
    replace: 'expected, row));',
  },
  {
    name: 'a keyed read with a malformed row is trusted about what is absent',
    file: 'lib/keyed-reads.ts',
    find: 'failure ??= malformed;',
    replace: '',
  },
];
