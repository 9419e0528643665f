import type { Command } from 'commander';
import type { PlaceOptions } from '../../../inspect/running/place.js';
import { addPlaceOptions } from '../running-options.js';

export function declareResync(program: Command): void {
  addPlaceOptions(
    program
      .command('resync')
      .description('look at all outputs again, and retry what failed or was refused')
      .argument('[target]', 'only this target'),
  ).action(async (target: string | undefined, options: PlaceOptions) => {
    const { resync } = await import('./action.js');
    process.exitCode = await resync(target, options);
  });
}
