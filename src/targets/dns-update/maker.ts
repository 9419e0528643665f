import type { TargetMaker } from '../maker.js';
import { probeServer } from './probe.js';
import { createDnsUpdateReader } from './reader.js';
import type { DnsUpdateOptions } from './schema.js';
import { createDnsUpdateTarget } from './target.js';

export const dnsUpdateMaker: TargetMaker<DnsUpdateOptions> = {
  createReader: createDnsUpdateReader,
  createTarget: createDnsUpdateTarget,
  probe: probeServer,
};
