export function putHead(file: string, shell: string): void;
