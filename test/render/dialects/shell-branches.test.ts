import { expect, test } from 'vitest';
import { problemsOf } from '../views.js';

/** A script with `[a|b]` for a block with two branches, and `V` for a value. */
function messagesOf(script: string): readonly string[] {
  const text = script
    .replaceAll(/\[([^|\]]*)\|([^\]]*)\]/g, '{{#if services}}$1{{else}}$2{{/if}}')
    .replaceAll(/V(?![A-Za-z_])/g, '{{target.name}}');
  return problemsOf(text, { dialect: 'shell' }).map(({ message }) => message);
}

/** A branch, or a branch and the text around its block, writes a word that makes the shell run the value. */
test.each([
  'find . [-exec|-empty] V',
  'find . [-okdir|-okay] V',
  'find . -[exec|empty] V',
  'find . -e[xec|mpty] V',
  'find . ["-ex"ec|] V',
  "find . [-ex'ec'|] V",
  'find . [\\-exec|] V',
  'find . [-ex|]ec V',
  'find . [-e|-o]xec V',
  'find . a[ -e|]xec V',
  'find . [a |b ]-exec V',
  'docker exec web [sh|sed] -c V',
  'docker exec web [sed|sh] -c V',
  'docker exec web [bash |base ]-c V',
  'docker exec web [runuser|] -c V',
  'docker exec web [sg|] -c V',
  'docker exec web [script|] -c V',
  'docker exec web [ksh93|] -c V',
  'docker exec web "[s|da]h" -c V',
  'docker exec web [ba|]sh -c V',
  'docker exec web /bin/[ba|]sh -c V',
  'docker exec web [/bin|/usr/bin]/sh -c V',
  'docker exec web [ba|]sh -cV',
  'docker exec web sh [-c|-x] V',
  'docker exec web sh -[c|x] V',
  'docker exec web sh [-ce|] V',
  'docker exec web sh [-l|-r]c V',
  'docker exec web sh -[l|]c V',
  'docker exec web sh [x|]-cV',
  'docker exec web sh x [-ce|] V',
  'docker exec web su [--command|] V',
  'docker exec web su [--com|]mand V',
  'docker exec web su [--com|]mand=V',
  'docker exec web [$SHELL|x] -c V',
  'docker exec web [$SHELL |x ]-c V',
  'docker exec web ["$SHELL" |x ]--command V',
  'docker exec web $SHELL [-ce|] V',
  'docker exec web $SHELL [-l|]c V',
  'docker exec web $SHELL [-l|]c -x V',
  'docker exec web $SHELL [--com|]mand V',
])('no value goes into %s', (script) => {
  expect(messagesOf(script)).toContainEqual(
    expect.stringMatching(/^a value in a command whose beginning depends on a block/),
  );
});

test.each([
  'find . [-name|-path] V',
  'find . [-maxdepth 1|] -name V',
  'echo [$HOME|/root] V',
  'echo "$x" [-n|] V',
  'echo [$HOME|/root]/etc x V',
  'cp [a|b]src V',
  'echo [a|b]h V',
  'grep [-i|] -c V',
  'openssl s_client [-cert x|] -connect V',
  'docker exec web sh x.sh V',
  'docker exec web sh -c \'echo "$1"\' [x|] V',
  'docker exec web sh [-x|] x.sh V',
])('a value goes into %s', (script) => {
  expect(messagesOf(script)).toEqual([]);
});
