// Models are tested without a DOM; what needs a browser is tested in web/e2e.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['{widget,console,shared}/**/*.test.{ts,tsx}'],
    passWithNoTests: true,
  },
});
