import { basename, dirname } from 'node:path';
import type { PlacedFile } from '../ports.js';

export interface Isolation {
  /** Command that runs the program: `argv`, then the program and its arguments. */
  readonly argv: readonly string[];
  /** The contents of the file `plan`, to be written before the command runs. */
  readonly plan: string;
}

export interface IsolationOptions {
  /** Directories in which files come or go: those of all files that are new or hidden. */
  readonly directories: readonly string[];
  /** A word that the program cannot guess. Once all files are in their places, it is the first line of the output. */
  readonly token: string;
  /** Path of the file that holds the plan. */
  readonly plan: string;
  /** Path of an empty private directory. Only the program sees that it is used. */
  readonly base: string;
  /** Absolute working directory of the program. */
  readonly cwd: string;
  /** Effective user and group of this process. Root gets a mount namespace only, any other user a user namespace too. */
  readonly uid: number;
  readonly gid: number;
}

// Files are bound over their destinations. A file that is not there yet, or is hidden, needs an overlay over its directory, whose changes
// are kept in memory. The token in the upper directory proves that a name is created or removed in the overlay, and nowhere else.
const script = `
set -eu
token=$1 plan=$2 base=$3 cwd=$4
shift 4
exec 3<"$plan"
overlays=0
while IFS= read -r action <&3; do
  IFS= read -r path <&3
  case $action in
  overlay)
    [ "$overlays" -gt 0 ] || mount -t tmpfs -o mode=0700 rollcall "$base"
    overlays=$((overlays + 1))
    cd "$base"
    mkdir "lower$overlays" "upper$overlays" "work$overlays"
    chmod "$(stat -c %a "$path")" "upper$overlays"
    chown "$(stat -c %u:%g "$path")" "upper$overlays" 2>/dev/null || :
    : >"upper$overlays/$token"
    mount -o bind "$path" "lower$overlays"
    mount -t overlay -o "lowerdir=lower$overlays,upperdir=upper$overlays,workdir=work$overlays" rollcall "$path"
    cd "$path"
    [ -e "$token" ]
    rm "$token"
    ;;
  create) : >"./$path" ;;
  hide) rm -f "./$path" ;;
  bind)
    IFS= read -r content <&3
    mount -o bind "$content" "$path"
    ;;
  esac
done
exec 3<&-
cd "$cwd"
# One pipe for both keeps the token before the program's output.
echo "$token"
exec "$@" 2>&1
`;

/**
 * Describes how to run a program in a mount namespace of its own, in which it alone sees `files` at their destinations. All other programs
 * see the old files. The namespace ends with the program (mount_namespaces(7), unshare(1), mount(8), the kernel's overlayfs.rst).
 *
 * The program runs as the same user as this process. A program that asks another process to read the files (`docker exec`, `ssh`) gets
 * what that process sees: the old files.
 *
 * @returns undefined when a path has a character that the plan cannot hold
 */
export function isolate(files: readonly PlacedFile[], options: IsolationOptions): Isolation | undefined {
  const { directories, token, plan, base, cwd, uid, gid } = options;
  const lines = planOf(files, directories);
  if (lines.some((line) => /[\n\0]/.test(line))) return undefined;
  const shell = ['sh', '-c', script, 'rollcall', token, plan, base, cwd];
  const argv =
    uid === 0
      ? ['unshare', '--mount', '--propagation', 'private', ...shell]
      : [
          ...['unshare', '--user', '--map-root-user', '--mount', '--propagation', 'private', ...shell],
          // Inside, the user is root. The second namespace makes it the same user as outside again.
          ...['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
        ];
  return { argv, plan: lines.map((line) => `${line}\n`).join('') };
}

function planOf(files: readonly PlacedFile[], directories: readonly string[]): string[] {
  // An overlay over a directory must come before one over a directory below it.
  const overlays = new Map<string, string[]>([...directories].sort().map((directory) => [directory, []]));
  for (const { output, content, isNew } of files)
    if (content === null || isNew)
      overlays.get(dirname(output))?.push(content === null ? 'hide' : 'create', basename(output));
  return [
    ...[...overlays].flatMap(([directory, changes]) => ['overlay', directory, ...changes]),
    ...files.flatMap(({ output, content }) => (content === null ? [] : ['bind', output, content])),
  ];
}

/**
 * Separates what `isolate` and the program wrote.
 *
 * @returns the program's own output; undefined when the files never came to their places, so that the program did not run
 */
export function outputOf(token: string, output: string): string | undefined {
  const [first, ...rest] = output.split('\n');
  return first === token ? rest.join('\n') : undefined;
}
