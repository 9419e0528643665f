/** The image that `npm run image` builds: `localhost/rollcall:VERSION`. */
export const imageName: string;
/** A small Debian with Node 24 and npm, made on this machine. Its name has the version of Node and a hash of how it is made. */
export const baseName: string;
/** A command line of podman on the images of `npm run image`. */
export function podmanCommand(args: readonly string[]): {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};
/** Runs buildah on the same images. @returns its standard output @throws when it fails */
export function buildah(args: readonly string[]): string;
export function hasImage(name: string): boolean;
