// The programs side by side: each keeps one file in step with the same registrations.
import { resolve } from 'node:path';
import { singleFile } from '../layouts.mjs';

/** The contenders that this machine has. The others are named, with the reason. */
export async function findContenders(names, say) {
  const found = [];
  for (const name of names) {
    const contender = await import(resolve(import.meta.dirname, '..', 'contenders', `${name}.mjs`));
    const why = contender.missing();
    if (why === undefined) found.push({ name, ...contender });
    else if (name === 'rollcall') throw new Error(why);
    else say(`not measured: ${contender.title}: ${why}`);
  }
  for (const { title, describe } of found) if (describe) say(`${title}: ${describe()}`);
  return found;
}

/** One size; the records of part `contenders`. `options` are those of `alternate`. */
export function measureContenders(session, contenders, { instances, ...options }) {
  const cases = contenders.map(({ name, title, prepare }) => ({
    ...{ name, title },
    subject: { prepare, layout: singleFile({ instances }) },
  }));
  return session.alternate(cases, { part: 'contenders', size: instances, instances }, options);
}
