import { afterAll, beforeAll } from 'vitest';
import { makeDnsUpdateWorld } from '../contract/dns-update-world.js';
import { describeTarget } from '../contract/target.js';
import { describeWith } from '../support/binaries.js';
import { startDynamicBind, type DynamicBind } from '../support/dynamic-zone.js';

// Without transfers each look is many questions, so this run of the contract is too long for `npm test`.
describeWith('named', 'records in a real BIND that allows no transfers', () => {
  let dynamic: DynamicBind;

  beforeAll(async () => {
    dynamic = await startDynamicBind();
  });

  afterAll(async () => {
    await dynamic.bind.stop();
  });

  describeTarget('dnsUpdate without transfers', () => makeDnsUpdateWorld(dynamic, { transfer: false }));
});
