/**
 * The generated files of the chart.
 *
 * @param read gives the text of a file, by its path from the top
 * @returns path to text
 */
export function chartFiles(read: (path: string) => string): Promise<Readonly<Record<string, string>>>;
