import { parse } from 'yaml';

/** One alert of a file of rules. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The alerts of a file of rules for Prometheus. */
export function alertsOf(text: string): readonly AlertRule[] {
  const { groups } = parse(text) as { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

/** The PromQL expressions of a file of rules (`.yml`) or of a dashboard (`.json`), with those of the dashboard's variables. */
export function expressionsOf(name: string, text: string): readonly string[] {
  if (name.endsWith('.yml')) return alertsOf(text).map(({ expr }) => expr);
  const { panels, templating } = JSON.parse(text) as Dashboard;
  const ofPanels = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return [...ofPanels, ...templating.list.flatMap(({ definition }) => definition ?? [])];
}
