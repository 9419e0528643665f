import { expect, it } from 'vitest';
import { makeFile } from '../../../src/targets/files/make-file.js';
import { mostBytes } from '../../../src/targets/files/read.js';

const spec = { path: '/run/out' } as Parameters<typeof makeFile>[0];

it('refuses a file of more bytes than rollcall reads back, and names it', () => {
  const text = 'x'.repeat(mostBytes);
  expect(makeFile(spec, '/run/out', [text], undefined).content.length).toBe(mostBytes);
  expect(() => makeFile(spec, '/run/out', [text, 'y'], undefined)).toThrow(
    expect.objectContaining({
      code: 'OUTPUT_TOO_LARGE',
      message: `/run/out would have ${mostBytes + 1} bytes, and may have ${mostBytes}`,
    }) as Error,
  );
});
