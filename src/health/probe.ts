import type { Clock } from '../ports/runtime.js';
import { createCommandProbe } from '../probe/command.js';
import { createHttpProbe } from '../probe/http.js';
import { healthQuestion } from '../probe/http-question.js';
import type { Probe } from '../probe/probe.js';
import { createTcpProbe } from '../probe/tcp.js';
import { childEnvironment } from '../process/environment.js';
import type { HealthCheckSpec } from './spec.js';

/**
 * The probe of a health check. A command runs in this process's working directory, with the environment of a supervised child.
 *
 * @param env the process's own environment.
 */
export function createHealthProbe(
  spec: HealthCheckSpec,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): Probe {
  switch (spec.kind) {
    case 'http':
      return createHttpProbe(healthQuestion(spec.url), clock);
    case 'tcp':
      return createTcpProbe(spec.host, spec.port, clock);
    case 'command':
      return createCommandProbe({ argv: spec.argv, env: childEnvironment(env), cwd: '.' }, clock);
  }
}
