import type { Renderer } from '../maker.js';
import type { Content } from './content.js';

/** One entry of the `files` block, its templates compiled. */
export interface FileSpec {
  /** As configured: the path, or the pattern of a fan-out. */
  readonly path: string;
  readonly template: Renderer;
  /** Present in a fan-out: renders the path of each service's file. All files are in `directory`. */
  readonly fanOut?: { readonly directory: string; readonly path: Renderer };
  /** Undefined: the mode of the file that is there; otherwise that of a new file. */
  readonly mode?: number | undefined;
  readonly owner?: string | number | undefined;
  readonly group?: string | number | undefined;
  readonly inPlace: boolean;
  /** The number before `; serial` rises with every change. */
  readonly serial?: boolean;
  /** The contents must not be shown. */
  readonly secret?: boolean;
}

export interface DesiredFile {
  /** Absolute, as in the config: the path may contain symlinks. */
  readonly path: string;
  readonly content: Content;
  /** Mode, and name or id of owner and group, as configured. `planAttributes` decides what is undefined. */
  readonly mode: number | undefined;
  readonly owner: string | number | undefined;
  readonly group: string | number | undefined;
  readonly inPlace: boolean;
  readonly fanOut: boolean;
  /** The content has one serial, which `diffFiles` replaces. */
  readonly serial: boolean;
  /** The contents must not be shown. */
  readonly secret: boolean;
}
