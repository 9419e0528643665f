type Environment = Readonly<Record<string, string | undefined>>;

/** True for the variables that say how etcd is reached, and as whom. No program that rollcall starts gets them. */
export function isSecret(name: string): boolean {
  return name.startsWith('ETCDCTL_');
}

/** The environment of a program that is to have all that rollcall was started with, but for what `isSecret`. */
export function childEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && !isSecret(name)) kept[name] = value;
  return kept;
}
