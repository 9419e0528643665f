// Line charts as SVG, readable on light and dark pages. Pure: the same panels give the same text.
import { linear, logarithmic, short, ticksUpTo } from './axis.mjs';

const panel = { width: 380, height: 230, left: 52, right: 16, top: 34, bottom: 44 };
const columns = 2;

/** The colours of a light page are attributes, for programs that read no style sheet; the style sheet has those of a dark page. */
const colours = {
  text: { attribute: 'fill', light: '#1f2328', dark: '#e6edf3' },
  quiet: { attribute: 'fill', light: '#59636e', dark: '#9198a1' },
  grid: { attribute: 'stroke', light: '#d1d9e0', dark: '#3d444d' },
  line: { attribute: 'stroke', light: '#0969da', dark: '#4493f8' },
  dot: { attribute: 'fill', light: '#0969da', dark: '#4493f8' },
};
const dark = Object.entries(colours).map(([name, colour]) => `.${name}{${colour.attribute}:${colour.dark}}`);
const style = `<style>@media (prefers-color-scheme:dark){${dark.join('')}}</style>`;
const painted = (name) => `class="${name}" ${colours[name].attribute}="${colours[name].light}"`;

const place = (number) => String(Number(number.toFixed(1)));
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function text(x, y, content, { anchor = 'middle', size = 11, colour = 'quiet', weight = 400 } = {}) {
  const bold = weight === 400 ? '' : ` font-weight="${weight}"`;
  return `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}" font-size="${size}"${bold} ${painted(colour)}>${escape(content)}</text>`;
}

function rule(x1, y1, x2, y2) {
  return `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" stroke-width="1" ${painted('grid')}/>`;
}

/** The sizes that have room for a label below the axis: the last one, and each that is far enough from the next. */
function labelled(sizes, x) {
  const shown = [];
  for (const size of sizes.toReversed()) if (shown.length === 0 || x(shown[0]) - x(size) >= 30) shown.unshift(size);
  return shown;
}

function drawPanel({ title, unit, points, xTitle }) {
  const [left, right] = [panel.left, panel.width - panel.right];
  const [top, bottom] = [panel.top, panel.height - panel.bottom];
  const sizes = points.map(({ size }) => size);
  const ticks = ticksUpTo(Math.max(...points.map(({ value }) => value)));
  const x = logarithmic(Math.min(...sizes), Math.max(...sizes), left + 8, right - 8);
  const y = linear(ticks.at(-1), bottom, top);
  const path = points.map(({ size, value }, at) => `${at === 0 ? 'M' : 'L'}${place(x(size))} ${place(y(value))}`);
  return [
    text(left, 18, `${title} (${unit})`, { anchor: 'start', size: 13, colour: 'text', weight: 600 }),
    ...ticks.flatMap((tick) => [
      rule(left, y(tick), right, y(tick)),
      text(left - 8, y(tick) + 4, short(tick), { anchor: 'end' }),
    ]),
    ...labelled(sizes, x).map((size) => text(x(size), bottom + 16, short(size))),
    text((left + right) / 2, bottom + 34, `${xTitle} (logarithmic)`),
    `<path d="${path.join(' ')}" fill="none" stroke-width="2" ${painted('line')}/>`,
    ...points.map(
      ({ size, value }) =>
        `<circle cx="${place(x(size))}" cy="${place(y(value))}" r="3.5" ${painted('dot')}><title>${short(size)}: ${place(value)} ${escape(unit)}</title></circle>`,
    ),
  ];
}

/**
 * @param chart.label what the whole picture shows, for readers who do not see it
 * @param chart.panels charts of one line each: `title`, `unit`, `xTitle`, and `points` with a `size` above 0 and a `value` from 0 up
 */
export function drawChart({ label, panels }) {
  const width = columns * panel.width;
  const height = Math.ceil(panels.length / columns) * panel.height;
  const drawn = panels.flatMap((each, at) => [
    `<g transform="translate(${(at % columns) * panel.width} ${Math.floor(at / columns) * panel.height})">`,
    ...drawPanel(each),
    '</g>',
  ]);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif">`;
  return [head, `<title>${escape(label)}</title>`, style, ...drawn, '</svg>', ''].join('\n');
}
