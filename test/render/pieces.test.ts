import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../src/render/template.js';
import { makeService, makeView } from './views.js';

const list = 'head\n{{#each services}}\n{{name}}\n{{/each}}\ntail {{vars.a}}\n';

function piecesOf(template: ReturnType<typeof compileTemplate>, names: readonly string[]): readonly string[] {
  return template.render(makeView({ services: names.map((name) => makeService(name, [{}])), vars: { a: 'x' } })).pieces;
}

describe('the pieces of a text', () => {
  test('are one for each service of a block directly in the template', () => {
    const template = compileTemplate({ name: 't', text: list, scope: 'root' });
    expect(piecesOf(template, ['a', 'b'])).toEqual(['head\n', 'a\n', 'b\n', 'tail ', 'x', '\n']);
    expect(piecesOf(template, ['b'])).toEqual(['head\n', 'b\n', 'tail ', 'x', '\n']);
  });

  test('join to the text, also around a nested block, a partial and an else', () => {
    const text =
      '{{#if services}}{{#each services}}{{name}},{{/each}}{{/if}}{{#each services}}{{name}};{{else}}none{{/each}}';
    const template = compileTemplate({ name: 't', text, scope: 'root' });
    expect(piecesOf(template, ['a', 'b']).join('')).toBe('a,b,a;b;');
    expect(piecesOf(template, []).join('')).toBe('none');
  });

  test('of an empty template are none', () => {
    expect(piecesOf(compileTemplate({ name: 't', text: '', scope: 'root' }), ['a']).join('')).toBe('');
    expect(piecesOf(compileTemplate({ name: 't', text: 'only\n', scope: 'root' }), []).join('')).toBe('only\n');
  });
});

describe('a text for one service is local', () => {
  const view = makeView({ services: [makeService('a', [{}]), makeService('b', [{}])], vars: { a: 'x' } });
  const [service] = view.services;

  test.each([
    ['{{service.name}} {{vars.a}} {{target.name}}', true],
    ['{{#each service.instances}}{{address}}{{../vars.a}}{{/each}}', true],
    ['{{#each services}}{{name}}{{/each}}', false],
    ['{{@root.services.0.name}}', false],
    ['{{caseless service.name}}', false],
  ])('%s: %s', (text, isLocal) => {
    const template = compileTemplate({ name: 't', text, scope: 'service' });
    expect(template.render(view, service).isLocal).toBe(isLocal);
  });
});
