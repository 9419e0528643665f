import type { Spread } from './registrations.mjs';

export interface Layout {
  readonly registrations: Spread & { readonly instances: number };
  targets(out: string): readonly {
    readonly name: string;
    readonly path: string;
    readonly services?: readonly string[];
    readonly forEach?: 'service';
  }[];
  pick(random: number): number;
  fileOf(out: string, i: number): string;
}

export function singleFile(sizes: { instances: number; sources?: number }): Layout;
export function oneService(sizes: { instances: number; services: number }): Layout;
export function fanOut(sizes: { files: number }): Layout;
export function manyTargets(sizes: { targets: number; instances: number; services: number }): Layout;
