'use strict';

const path = require('node:path');
const process = require('node:process');
const { default: TestRunner } = require('jest-runner');

/**
 * Jest's own runner, quick at killing a mutant: the specs of the mutated file's own name come first, then the short
 * ones, and after the first failure no further file runs. (Jest's `bail` would end the process that Stryker keeps.)
 */
module.exports = class FirstFailure extends TestRunner {
  async runTests(tests, watcher, options) {
    if (process.env.__STRYKER_ACTIVE_MUTANT__ === undefined) return super.runTests(tests, watcher, options);
    const names = this._globalConfig.nonFlagArgs.map((file) => path.basename(file, '.ts'));
    const rank = (test) => (names.includes(path.basename(test.path, '.spec.ts')) ? -1 : (test.duration ?? 0));
    let failed = false;
    const off = [
      this.on('test-file-failure', () => (failed = true)),
      this.on('test-file-success', ([, { numFailingTests, testExecError }]) => {
        failed ||= numFailingTests > 0 || testExecError !== undefined;
      }),
    ];
    for (const test of tests.sort((a, b) => rank(a) - rank(b))) {
      if (!failed) await super.runTests([test], watcher, options);
    }
    off.forEach((unsubscribe) => unsubscribe());
  }
};
