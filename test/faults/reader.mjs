// Reads files again and again, as a consumer might at any moment, and checks each text by itself.
//   node reader.mjs FILE...
// A file of the fault suite's templates begins with `# set X`, ends with `# end X`, and names between them exactly the
// addresses of X, so that a torn text contradicts itself. Prints one line for each bad read, and its counts about ten
// times a second: `read N of K`, where K is the number of different texts. A file that existed once must always exist.
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const files = process.argv.slice(2);
const known = new Map(files.map((file) => [file, new Set()]));
let reads = 0;
let different = 0;

/** Why the text is torn, or undefined. */
function problemOf(text) {
  const [first = '', ...rest] = text.split('\n');
  if (!first.startsWith('# set ')) return 'it does not begin as a whole one';
  const set = first.slice('# set '.length);
  if (rest.pop() !== '' || rest.pop() !== `# end ${set}`) return 'its end is not that of its beginning';
  const addresses = (lines) => (lines.match(/\d+\.\d+\.\d+\.\d+:\d+/g) ?? []).join();
  return addresses(rest.join('\n')) === addresses(set) ? undefined : 'its middle is not that of its beginning';
}

function read(file) {
  const texts = known.get(file);
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' && texts.size === 0) return;
    console.log(`torn ${file}: ${error.message}`);
    return;
  }
  reads += 1;
  if (texts.has(text)) return;
  const problem = problemOf(text);
  if (problem !== undefined) console.log(`torn ${file}: ${problem}: ${JSON.stringify(text)}`);
  if (texts.size === 1000) texts.delete(texts.values().next().value);
  texts.add(text);
  different += 1;
}

// Takes only the time that other processes leave.
setPriority(10);
let reported = performance.now();
for (;;) {
  for (const file of files) read(file);
  if (performance.now() - reported > 100) {
    console.log(`read ${reads} of ${different}`);
    reported = performance.now();
    await new Promise((resolve) => setTimeout(resolve));
  }
}
