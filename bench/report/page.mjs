// The generated parts of docs/performance.md. Pure.
import { chartsOf, seriesTexts } from './growth.mjs';
import { ofPart } from './records.mjs';
import { goalTable, tablesOf } from './tables.mjs';

function machineOf([machine]) {
  const { date, cpu, cores, linux, node, etcd, load } = machine;
  return `Measured on ${date} with ${cores} cores (${cpu}), Linux ${linux}, Node ${node} and etcd ${etcd}. The load before the measurement was ${load.toFixed(1)}.`;
}

/** The texts of the parts by their names in the page. A part without records is absent, so that the page keeps its older figures. */
export function partsOf(records) {
  const of = (...parts) => {
    const tables = tablesOf(records).filter(({ part }) => parts.includes(part));
    return tables.map(({ heading, table }) => `**${heading}**\n\n${table}`).join('\n\n');
  };
  const machine = ofPart(records, 'machine');
  const contenders = of('contenders');
  const growth = Object.keys(chartsOf(records)).map((file) => {
    const series = file.slice('growth-'.length, -'.svg'.length);
    return `${seriesTexts[series].text}\n\n![Cost by number of ${seriesTexts[series].xTitle}](performance/${file})`;
  });
  const parts = {
    figures: contenders && [...(machine.length > 0 ? [machineOf(machine)] : []), contenders].join('\n\n'),
    goals: goalTable(records),
    scale: of('fan-out', 'targets'),
    growth: growth.join('\n\n'),
    idle: of('idle'),
    registrations: of('registrar'),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text !== ''));
}
