import type { Command } from 'commander';
import type { PlaceOptions } from '../../../inspect/running/place.js';
import { addPlaceOptions } from '../running-options.js';

export function declareRelease(program: Command): void {
  addPlaceOptions(
    program
      .command('release')
      .description('let go of what the guard of a target holds')
      .argument('<target>', 'name of the target')
      .argument('[service]', 'only this service'),
  ).action(async (target: string, service: string | undefined, options: PlaceOptions) => {
    const { release } = await import('./action.js');
    process.exitCode = await release(target, service, options);
  });
}
