/** What one run of one case has measured. Figures that were not measured are absent. */
export interface Figures {
  readonly part: string;
  readonly name?: string;
  readonly title?: string;
  readonly series?: string;
  readonly size?: number;
  readonly instances?: number;
  readonly medium?: string;
  readonly run?: number;
  readonly error?: string;
  readonly [figure: string]: string | number | undefined;
}

export function serialize(records: readonly Figures[]): string;
export function count(number: number): string;
