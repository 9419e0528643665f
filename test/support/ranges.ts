/** How many range calls an etcd has taken so far, from all its clients, by its metrics (`--listen-metrics-urls`, or its client URL). */
export async function countRanges({ endpoint }: { readonly endpoint: string }): Promise<number> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  const lines = text.match(/^grpc_server_started_total\{[^}]*grpc_method="Range"[^}]*\} (\d+)$/gm);
  if (!lines) throw new Error(`${endpoint}/metrics counts no range calls`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
