export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly xTitle: string;
  readonly points: readonly { readonly size: number; readonly value: number }[];
}

export function drawChart(chart: { readonly label: string; readonly panels: readonly Panel[] }): string;
