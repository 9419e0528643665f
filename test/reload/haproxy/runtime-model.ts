import type { RunningServer } from '../../../src/reload/haproxy/answers.js';
import { commandOf, type Action } from '../../../src/reload/haproxy/plan.js';

/** A backend of a HAProxy that does what the management manual says about one command line. */
export interface RuntimeModel {
  readonly servers: Map<string, RunningServer>;
  /** Servers with open connections: `del server` refuses them. */
  readonly busy: Set<string>;
  apply(actions: readonly Action[], backend: string): void;
}

export function createRuntimeModel(before: Iterable<RunningServer>, busy: Iterable<string> = []): RuntimeModel {
  const servers = new Map([...before].map((server) => [server.name, server]));
  const model: RuntimeModel = {
    servers,
    busy: new Set(busy),
    apply(actions, backend) {
      for (const action of actions)
        for (const command of commandOf(action, backend).line.split('; ')) run(command, backend);
    },
  };

  function run(command: string, backend: string): void {
    const words = command.split(' ');
    const [verb = '', noun = '', place = '', setting = '', value = ''] = words;
    if (!place.startsWith(`${backend}/`)) throw new Error(`another backend: ${command}`);
    const name = place.slice(backend.length + 1);
    const there = servers.get(name);
    if (verb === 'add') {
      if (there) throw new Error(`there already: ${command}`);
      servers.set(name, added(name, words));
      return;
    }
    if (!there) throw new Error(`no such server: ${command}`);
    if (verb === 'del') {
      if (!there.isInMaintenance) throw new Error(`not in maintenance: ${command}`);
      if (!model.busy.has(name)) servers.delete(name);
    } else if (noun === 'health') return;
    else if (setting === 'weight') servers.set(name, { ...there, weight: Number(value) });
    else if (setting === 'addr') servers.set(name, { ...there, address: value, port: Number(words[6]) });
    else if (value === 'ready') servers.set(name, { ...there, isInMaintenance: false, isDraining: false });
    else if (value === 'maint') servers.set(name, { ...there, isInMaintenance: true });
    else throw new Error(`unknown: ${command}`);
  }
  return model;
}

function added(name: string, words: readonly string[]): RunningServer {
  const [, , , endpoint = ''] = words;
  const colon = endpoint.lastIndexOf(':');
  return {
    name,
    address: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(endpoint.slice(colon + 1)),
    hostName: undefined,
    weight: Number(words[words.lastIndexOf('weight') + 1]),
    isInMaintenance: true,
    isDraining: false,
    isChecked: words.includes('check'),
    usesTls: words.includes('ssl'),
  };
}
