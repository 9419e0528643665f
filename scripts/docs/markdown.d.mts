export function fill(file: string, page: string, parts: Readonly<Record<string, string>>): Promise<string>;
