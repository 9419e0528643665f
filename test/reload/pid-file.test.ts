import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPidFile } from '../../src/reload/pid-file.js';
import { realClock } from '../support/clock.js';
import { tempDir } from '../support/temp.js';

it('waits for a consumer that has emptied its pid file to write it again', async () => {
  const path = join(await tempDir(), 'pid');
  await writeFile(path, '');
  let pauses = 0;
  const clock = {
    async sleep(ms: number) {
      pauses += 1;
      if (pauses === 3) await writeFile(path, '4321\n');
      await realClock.sleep(ms);
    },
  };
  await expect(readPidFile(path, clock)).resolves.toMatchObject({ pid: 4321 });
  expect(pauses).toBe(3);
});

it('does not wait for ever for a pid file that stays empty', async () => {
  const path = join(await tempDir(), 'pid');
  await writeFile(path, '');
  let slept = 0;
  const clock = {
    sleep(ms: number) {
      slept += ms;
      return Promise.resolve();
    },
  };
  await expect(readPidFile(path, clock)).rejects.toMatchObject({ code: 'PID_STALE' });
  expect(slept).toBe(1000);
});
