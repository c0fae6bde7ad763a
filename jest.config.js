/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.{ts,tsx}'],
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['rxjs-supervisor/source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    // Types are checked by `npm run types`.
    '^.+\\.tsx?$': ['ts-jest', { useESM: true, diagnostics: false }],
  },
  testTimeout: 30_000,
  collectCoverageFrom: ['lib/**/*.ts'],
};
