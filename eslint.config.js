import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

// The two directions of imports: a file in lib/ is the core, a folder in lib/ is an adapter with a subpath of its own.
const coreImports = {
  regex: '^(?!rxjs$|\\./[^/]+\\.ts$)',
  message: 'The core imports its own files and rxjs: no adapter (a folder of lib/), nothing of Node.',
};
const adapterImports = {
  regex: '^\\.\\./(?!index\\.ts$)',
  message: 'An adapter imports the core through ../index.ts only, and no other adapter.',
};

const clocks = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'Time comes from the scheduler.',
  },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Time comes from the scheduler.' },
];

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', '**/.data/']),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'rxjs-x/no-ignored-subscription': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['lib/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [coreImports] }],
      'no-restricted-syntax': ['error', ...clocks],
      'no-console': 'error',
    },
  },
  {
    files: ['lib/*/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [adapterImports] }] },
  },
  {
    // Specs make what goes wrong on purpose, and leave it to the test scheduler to end what they subscribe to.
    files: ['spec/**/*.{ts,tsx}'],
    rules: {
      'rxjs-x/no-floating-observables': 'off',
      'rxjs-x/no-ignored-default-value': 'off',
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-ignored-notifier': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-unsafe-takeuntil': 'off',
      'rxjs-x/throw-error': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // A program's subscriptions last as long as it does, and an error that nobody handles ends it.
    files: ['examples/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-ignored-subscription': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
