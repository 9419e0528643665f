import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCapture } from '../../src/process/capture.js';

describe('a capture', () => {
  it('keeps short output whole, a character over two chunks included', () => {
    const capture = createCapture();
    const bytes = Buffer.from('nginx: [emerg] “upstream”\r\n');
    capture.add(bytes.subarray(0, 16));
    capture.add(bytes.subarray(16));
    expect(capture.text()).toBe('nginx: [emerg] “upstream”');
  });

  it('removes characters that could move a cursor or colour a terminal', () => {
    const capture = createCapture();
    capture.add(Buffer.from('\u001b[31mred\u001b[0m \u001b]0;title\u0007 a\rb\u0000'));
    expect(capture.text()).toBe('red \ufffd]0;title\ufffd a\ufffdb\ufffd');
  });

  it('counts every byte, however the output is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }),
        fc.integer({ min: 2, max: 50 }),
        (sizes, kept) => {
          const capture = createCapture(kept);
          let sent = '';
          for (const [index, size] of sizes.entries()) {
            const chunk = String.fromCharCode(97 + (index % 26)).repeat(size);
            sent += chunk;
            capture.add(Buffer.from(chunk));
          }
          const half = Math.floor(kept / 2);
          const expected =
            sent.length <= 2 * half
              ? sent
              : `${sent.slice(0, half)}\n[… ${sent.length - 2 * half} bytes left out …]\n${sent.slice(-half)}`;
          expect(capture.text()).toBe(expected);
        },
      ),
    );
  });
});
