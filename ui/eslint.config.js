import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [ts.configs.recommended, a11y.flatConfigs.recommended, hooks.configs.flat.recommended],
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 70],
      // Videos are uploaded by users; captions are up to them.
      'jsx-a11y/media-has-caption': 'off',
    },
  },
  { files: ['src/**/*.test.ts'], rules: { 'max-lines-per-function': 'off' } },
  // Catalogues grow with the number of texts.
  { files: ['src/texts/*.ts'], rules: { 'max-lines': 'off' } },
);
