/** An object of a cluster that holds outputs of a target. */
export interface OutputObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The one service in it. Absent: it is for all. */
  readonly service?: string;
}

/** One difference between the desired and the observed outputs. */
export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  /** The path, key or name of the output. */
  readonly output: string;
  /** Size of the new content; 0 for a delete. */
  readonly bytes: number;
}

/** One desired output. */
export interface Output {
  /** The path, key or name of the output. */
  readonly output: string;
  readonly text: string;
  /** True: no diff and no log shows the text. It is printed only when a user asks for exactly this output. */
  readonly secret: boolean;
}

/** One output that `apply` would change, for display. */
export interface Difference {
  readonly action: Change['action'];
  readonly output: string;
  /**
   * `lines`: a text of lines, as in a file. `value`: a text without lines, as in a key. `secret`: `before` and `after` are always
   * undefined, and the notes give the sizes.
   */
  readonly form: 'lines' | 'value' | 'secret';
  /** Undefined: the output does not exist, or cannot be read as text. */
  readonly before: string | undefined;
  /** Undefined: the output is removed. */
  readonly after: string | undefined;
  /** Changes other than those of the contents, a few words each: `mode 0600 -> 0644`. */
  readonly notes: readonly string[];
}

/** The changes that a target would make now. */
export interface Preview {
  /** Sorted by output. */
  readonly differences: readonly Difference[];
  /** Desired outputs that exist already and that this target did not make. They stay as they are. */
  readonly conflicts: readonly string[];
}
