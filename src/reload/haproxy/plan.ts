import type { RunningServer } from './answers.js';
import type { Section } from './sections.js';
import { hasCheck, hasTls, type ServerLine } from './server-line.js';

/** One step towards the servers of a file. */
export type Action =
  | { readonly kind: 'add'; readonly server: ServerLine }
  | { readonly kind: 'address'; readonly server: ServerLine }
  | { readonly kind: 'weight'; readonly server: ServerLine }
  | { readonly kind: 'ready' | 'disable'; readonly name: string }
  /** Into maintenance: no new connection, and open ones go on. */
  | { readonly kind: 'retire'; readonly name: string }
  /** HAProxy refuses it while the server has connections. */
  | { readonly kind: 'remove'; readonly name: string };

/** How one backend of a running HAProxy comes in step with its section. */
export interface Plan {
  /** In their order: what takes traffic comes before what leaves, so that a backend is not empty in between. */
  readonly actions: readonly Action[];
  /** Why the runtime cannot do the rest. Empty: it can do all. */
  readonly obstacles: readonly string[];
}

/** What is known about one backend of the running process. */
export interface Known {
  /** The options that each server has there. A name that is missing: not known. */
  readonly options: ReadonlyMap<string, string>;
  /** The process can add servers. */
  readonly canAdd: boolean;
  /** Version of the process, for messages. */
  readonly version: string;
  /** Its servers have settings that no file of ours has. Then nothing is added: a new server would lack them. */
  readonly foreignSettings: string | undefined;
}

/** Plans for a section whose backend is ours and may be touched. Pure. */
export function planBackend(section: Section, running: ReadonlyMap<string, RunningServer>, known: Known): Plan {
  const [up, change, down]: [Action[], Action[], Action[]] = [[], [], []];
  const obstacles: string[] = [];
  for (const server of section.servers.values()) {
    const there = running.get(server.name);
    const obstacle = there ? whyNotKept(server, there, known) : whyNotAdded(server, known);
    if (obstacle !== undefined) {
      obstacles.push(`server ${section.backend}/${server.name}: ${obstacle}`);
      continue;
    }
    if (!there) {
      up.push({ kind: 'add', server });
      continue;
    }
    const isMoved = server.family !== 'name' && (server.address !== there.address || server.port !== there.port);
    if (isMoved) change.push({ kind: 'address', server });
    if (server.weight !== there.weight) change.push({ kind: 'weight', server });
    const { name, isDisabled } = server;
    if (isDisabled && !there.isInMaintenance) down.push({ kind: 'disable', name });
    if (!isDisabled && (there.isInMaintenance || there.isDraining)) change.push({ kind: 'ready', name });
  }
  for (const { name, isInMaintenance } of running.values()) {
    if (section.servers.has(name) || section.others.has(name)) continue;
    if (!isInMaintenance) down.push({ kind: 'retire', name });
    if (known.canAdd) down.push({ kind: 'remove', name });
  }
  return { actions: [...up, ...change, ...down], obstacles };
}

function whyNotAdded(server: ServerLine, { canAdd, version, foreignSettings }: Known): string | undefined {
  if (!canAdd) return `HAProxy ${version} adds no server at run time; 2.5 and newer do`;
  if (server.family === 'name') return 'HAProxy does not look up the host name of a server that is added at run time';
  if (!server.isSendable) return 'its options have characters that are not sent to the admin socket';
  return foreignSettings;
}

function whyNotKept(server: ServerLine, there: RunningServer, { options }: Known): string | undefined {
  const before = options.get(server.name);
  if (before === undefined) return 'it is there, and its options are not known';
  if (before !== server.options) return 'its options have changed';
  if (server.family === 'name' ? there.hostName !== server.address : there.hostName !== undefined)
    return 'its host name has changed';
  return undefined;
}

/** The line for the admin socket, and the lines that HAProxy answers when it has done it; other answers are refusals. */
export function commandOf(action: Action, backend: string): { readonly line: string; readonly accepts: RegExp } {
  const name = `${backend}/${'server' in action ? action.server.name : action.name}`;
  switch (action.kind) {
    case 'add': {
      const { server } = action;
      const options = server.options === '' ? '' : ` ${server.options}`;
      const lines = [
        `add server ${name} ${endpointOf(server)}${options} weight ${server.weight}`,
        ...(hasCheck(server) ? [`enable health ${name}`] : []),
        // HAProxy adds a server in maintenance.
        ...(server.isDisabled ? [] : [`set server ${name} state ready`]),
      ];
      return { line: lines.join('; '), accepts: /^New server registered\.$/ };
    }
    case 'address': {
      const { address, port } = action.server;
      return {
        line: `set server ${name} addr ${address} port ${port}`,
        accepts: /^(IP changed from|port changed from|no need to change)/,
      };
    }
    case 'weight':
      return { line: `set server ${name} weight ${action.server.weight}`, accepts: silence };
    case 'ready':
      return { line: `set server ${name} state ready`, accepts: silence };
    case 'disable':
    case 'retire':
      return { line: `set server ${name} state maint`, accepts: silence };
    case 'remove':
      return { line: `del server ${name}`, accepts: /^(Server deleted|No such server)\.$/ };
  }
}

/** Matches no line. */
const silence = /^(?!)/;

function endpointOf({ address, family, port }: ServerLine): string {
  return family === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * A setting that servers of the running process have and their lines do not: it comes from a `default-server` of a `defaults` section, which
 * HAProxy does not apply to servers that are added at run time.
 */
export function findForeignSettings(section: Section, running: ReadonlyMap<string, RunningServer>): string | undefined {
  for (const server of section.servers.values()) {
    const there = running.get(server.name);
    const extra =
      there?.isChecked === true && !hasCheck(server)
        ? 'check'
        : there?.usesTls === true && !hasTls(server)
          ? 'ssl'
          : '';
    if (extra !== '')
      return `servers of backend ${section.backend} have \`${extra}\`, which the file does not say: write the words of your \`default-server\` in a \`defaults\` section in \`haproxyRuntime.defaultServer\`, too`;
  }
  return undefined;
}
