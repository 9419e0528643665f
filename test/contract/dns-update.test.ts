import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../support/binaries.js';
import { startDynamicBind, type DynamicBind } from '../support/dynamic-zone.js';
import { makeDnsUpdateWorld } from './dns-update-world.js';
import { describeTarget } from './target.js';

describeWith('named', 'records in a real BIND', () => {
  let dynamic: DynamicBind;

  beforeAll(async () => {
    dynamic = await startDynamicBind();
  });

  afterAll(async () => {
    await dynamic.bind.stop();
  });

  describeTarget('dnsUpdate', () => makeDnsUpdateWorld(dynamic));
});
