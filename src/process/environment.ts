type Environment = Readonly<Record<string, string | undefined>>;

/** True for variables with the address and credentials of etcd. Programs that rollcall starts do not get them. */
export function isSecret(name: string): boolean {
  return name.startsWith('ETCDCTL_');
}

/** rollcall's own environment without the variables of `isSecret`, for a program that rollcall starts. */
export function childEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && !isSecret(name)) kept[name] = value;
  return kept;
}
