import type { Quarantine } from '../../model/view.js';
import type { Endpoint, GroupKey } from './endpoint.js';

/** The endpoints of one service that have the same family, port and protocol. */
export interface DesiredGroup extends GroupKey {
  /** Eight hex digits for family, port and protocol: a part of the names of the slices. */
  readonly id: string;
  /** Sorted by address, each address once. */
  readonly endpoints: readonly Endpoint[];
  /** What a reader of the slices finds, one endpoint a line. */
  readonly text: string;
}

/** One service as the cluster should have it. */
export interface DesiredService {
  /** Name of the Service in the cluster. */
  readonly name: string;
  /** Name of the service in rollcall. */
  readonly service: string;
  /** The protocol that all groups have; '' when they differ. */
  readonly appProtocol: string;
  /** There are endpoints of both families. */
  readonly isDual: boolean;
  /** Sorted by id. */
  readonly groups: readonly DesiredGroup[];
  /** The Service as lines of text. */
  readonly text: string;
}

/** What one service of a view becomes. */
export interface MadeService {
  /** Undefined: the service cannot be in the cluster. */
  readonly desired: DesiredService | undefined;
  readonly quarantined: readonly Quarantine[];
}
