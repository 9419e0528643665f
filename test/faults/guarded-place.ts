import { readFile, writeFile } from 'node:fs/promises';
import type { GuardState } from '../../src/guard/state.js';
import type { HoldStatus, TargetStatus } from '../../src/model/status.js';
import { guardFileOf } from '../../src/state/guard-file.js';
import { openEnvelope } from '../../src/state/envelope.js';
import { startRollcall, type Running } from '../support/command.js';
import { createPlace, type Place } from '../support/config.js';
import type { EtcdServer } from '../support/etcd.js';
import { deleteKeys, putKeys } from '../support/keys.js';
import { until } from '../support/poll.js';
import { askStatus } from './observer.js';

/** The ports of the service `web`. `lost` are those that leave etcd together: more than half. */
const ports = [8001, 8002, 8003, 8004, 8005, 8006];
export const lost = ports.slice(2);
export const left = ports.slice(0, 2);

/** The file when etcd has these ports, and the guard holds those. */
export const textOf = (present: readonly number[], held: readonly number[] = [], color = 'red'): string =>
  `web ${color}${[...present, ...held]
    .sort((a, b) => a - b)
    .map((port) => ` ${port}${held.includes(port) ? '!' : ''}`)
    .join('')}\n`;

export const whole = textOf(ports);
export const holding = textOf(left, lost);
export const released = textOf(left);

/** One guarded target with one file, and a reader that keeps every text that the file ever had. */
export interface GuardedPlace extends Place {
  readonly socket: string;
  /** Every text that the reader has found, in their order. A text is there once for each time that it came. */
  readonly texts: readonly string[];
  /** Resolves when the reader has found this text last. */
  becomes(text: string): Promise<void>;
  start(): Running;
  /** The status of the target after its first pass. Undefined: no process answers, or none has ended yet. */
  target(): Promise<TargetStatus | undefined>;
  /** Waits until a running process holds exactly `lost`. */
  untilHeld(running: Running): Promise<readonly HoldStatus[]>;
  /** The holds on disk. Undefined: there is no file. */
  saved(): Promise<GuardState | undefined>;
  /** Makes all ports be in etcd, in the file and in the last good snapshot, and nothing be held. */
  beWhole(): Promise<void>;
  lose(): Promise<void>;
  stopReading(): Promise<void>;
}

export const configOf = (over: object = {}, color = 'red'): object => ({
  sources: [{ name: 'services', prefix: '/services/', format: 'plain' }],
  targets: [
    {
      name: 'web',
      guard: { window: '5s', holdFor: '10m' },
      files: [{ path: 'web.out', template: './web.hbs', dialect: 'none' }],
      vars: { color },
      ...over,
    },
  ],
});

export async function createGuardedPlace(etcd: EtcdServer, config: object = configOf()): Promise<GuardedPlace> {
  const place = await createPlace(etcd, config);
  await writeFile(
    place.at('web.hbs'),
    '{{#each services}}{{name}} {{../vars.color}}{{#each instances}} {{port}}{{#if held}}!{{/if}}{{/each}}\n{{/each}}',
  );
  const socket = place.at('state', 'admin.sock');
  const texts: string[] = [];
  const stopping = new AbortController();
  const reading = (async () => {
    while (!stopping.signal.aborted) {
      const text = await readFile(place.at('web.out'), 'utf8').catch(() => 'absent');
      if (text !== texts.at(-1)) texts.push(text);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const target = async (): Promise<TargetStatus | undefined> => {
    const found = (await askStatus(socket))?.targets[0];
    return found?.last ? found : undefined;
  };
  const becomes = async (text: string): Promise<void> => {
    await until(() => texts.at(-1) === text, { what: JSON.stringify(text), deadline: 20_000 });
  };
  return {
    ...place,
    ...{ socket, texts, becomes, target },
    start: () => startRollcall(['run', '-c', place.file]),
    async untilHeld(running) {
      const held = await until(
        async () => {
          const holds = (await target())?.holds ?? [];
          return holds.length === lost.length && holds;
        },
        { what: 'the hold', deadline: 20_000 },
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}\nIts log:\n${running.stderr()}`, { cause: error });
      });
      return held;
    },
    async saved() {
      const text = await readFile(place.at('state/journals/web.guard'), 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const opened = openEnvelope(guardFileOf, text);
      if ('problem' in opened) throw new Error(`the holds cannot be read: ${opened.problem}`);
      return guardFileOf.revive(opened.body);
    },
    async beWhole() {
      await putKeys(etcd, Object.fromEntries(ports.map((port) => [`/services/web/${port}`, `192.0.2.1:${port}`])));
      await becomes(whole);
      await until(async () => (await target())?.holds.length === 0, { what: 'no hold', deadline: 20_000 });
      await until(
        async () => {
          const snapshot = await readFile(place.at('state/snapshot'), 'utf8');
          return ports.every((port) => snapshot.includes(`"/services/web/${port}"`));
        },
        { what: 'all ports in the last good snapshot', deadline: 20_000 },
      );
    },
    lose: () =>
      deleteKeys(
        etcd,
        lost.map((port) => `/services/web/${port}`),
      ),
    async stopReading() {
      stopping.abort();
      await reading;
    },
  };
}
