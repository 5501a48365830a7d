// Metric charts: dygraphs draws, this file gives it data, colours and a legend of our own.
/* global Dygraph */
import {get} from './api.js';
import {duration, fill, h, number} from './dom.js';

const SERIES_COLOURS = 8;
// Its legend sets style attributes, which the page's policy forbids; ours stands below the curves.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
const charts = new Set();

// The colour a style sheet variable has at this moment, as the canvas needs it.
function colour(name) {
  const probe = h('span', {class: 'probe'});
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function faint(rgb, alpha) {
  const parts = rgb.match(/[\d.]+/g) || [128, 128, 128];
  return `rgba(${parts[0]}, ${parts[1]}, ${parts[2]}, ${alpha})`;
}

// Exponential moving average that starts at the first value; `weight` 0 is the series itself.
export function smooth(points, weight) {
  let mean = 0;
  let mass = 0;
  return points.map(([x, y]) => {
    if (y === null) return [x, null];
    mean = mean * weight + y * (1 - weight);
    mass = mass * weight + (1 - weight);
    return [x, mean / mass];
  });
}

// Columns side by side over the union of all x. A missing value is null (the line goes on), a NaN
// breaks it.
function join(columns) {
  const rows = new Map();
  columns.forEach((points, column) => {
    for (const [x, y] of points) {
      if (!rows.has(x)) rows.set(x, [x, ...columns.map(() => null)]);
      rows.get(x)[column + 1] = y === null ? NaN : y;
    }
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

// One card with the curves of one metric. `lines`: {id, label, dashed, tone}; lines of one tone
// share a colour. `options()` gives {axis, smoothing, log}.
export class Chart {
  constructor(title, lines, options, extra = null) {
    this.title = title;
    this.lines = lines.map((line) => ({...line, shown: true, points: []}));
    this.options = options;
    this.plot = h('div', {class: 'plot'});
    this.legend = h('div', {class: 'legend'});
    this.node =
        h('section', {class: 'chart', data: {metric: title}},
          h('header', {}, h('h3', {}, title), extra), this.plot, this.legend);
    this.graph = null;
    this.loaded = false;
    charts.add(this);
    this.seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && !this.loaded) this.load();
    }, {rootMargin: '300px'});
    this.seen.observe(this.node);
  }

  async load() {
    this.loaded = true;
    try {
      const answer = await get(`/api/points?series=${this.lines.map((line) => line.id).join(',')}`);
      for (const series of answer.series) {
        for (const line of this.lines.filter((item) => item.id === series.id))
          line.points = series.points;
      }
      this.draw();
    } catch (error) {
      fill(this.plot, h('p', {class: 'muted'}, error.message));
    }
  }

  // The x of a point: its step, or the seconds since the first point of its line.
  xy(line) {
    const begin = line.points.length ? line.points[0][1] : 0;
    const log = this.options().log;
    return line.points.map(
        ([step, time, value]) =>
            [this.options().axis === 'time' ? (time - begin) / 1000 : step,
             log && value !== null && value <= 0 ? null : value]);
  }

  draw() {
    if (!this.node.isConnected) return;
    const {smoothing, axis, log} = this.options();
    const columns = [];
    const labels = [axis];
    const series = {};
    this.lines.forEach((line, index) => {
      line.colour = colour(`--series-${((line.tone ?? index) % SERIES_COLOURS) + 1}`);
      const points = this.xy(line);
      const pattern = line.dashed || index >= SERIES_COLOURS ? [6, 4] : null;
      // Few points are shown as such.
      const dots = points.length <= 40;
      if (smoothing > 0) {
        columns.push(points, smooth(points, smoothing));
        labels.push(`${index} raw`, `${index}`);
        series[`${index} raw`] = {
          color: faint(line.colour, 0.25),
          strokeWidth: 1,
          highlightCircleSize: 0
        };
        series[`${index}`] = {
          color: line.colour,
          strokeWidth: 2,
          strokePattern: pattern,
          drawPoints: points.length === 1,
          pointSize: 3
        };
      } else {
        columns.push(points);
        labels.push(`${index}`);
        series[`${index}`] = {
          color: line.colour,
          strokeWidth: 1.6,
          strokePattern: pattern,
          drawPoints: dots,
          pointSize: 2.5
        };
      }
    });
    const data = join(columns);
    if (data.length === 0) {
      fill(this.plot, h('p', {class: 'muted'}, 'No points yet.'));
      return;
    }
    const window = this.graph && this.graph.isZoomed('x') ? this.graph.xAxisRange() : null;
    if (this.graph) this.graph.destroy();
    const formatX = axis === 'time' ? (s) => duration(s * 1000) : number;
    this.graph = new Dygraph(this.plot, data, {
      labels,
      series,
      legend: 'never',
      connectSeparatedPoints: true,
      logscale: log,
      dateWindow: window,
      visibility:
          this.lines.flatMap((line) => (smoothing > 0 ? [line.shown, line.shown] : [line.shown])),
      gridLineColor: colour('--grid'),
      axisLineColor: colour('--line'),
      gridLineWidth: 1,
      axisLabelFontSize: 11,
      axisLabelWidth: 56,
      rightGap: 12,
      highlightCircleSize: 3.5,
      xRangePad: 4,
      axes: {
        x: {axisLabelFormatter: formatX, pixelsPerLabel: 56},
        y: {axisLabelFormatter: number, pixelsPerLabel: 36, axisLabelWidth: 52}
      },
      highlightCallback: (event, x, points) => this.showValues(x, points),
      unhighlightCallback: () => this.showValues(null, []),
      includeZero: false,
    });
    this.showValues(null, []);
  }

  showValues(x, points) {
    const {axis} = this.options();
    const at = x === null ? '' : axis === 'time' ? duration(x * 1000) : `step ${number(x)}`;
    const value = (index) => {
      const point = points.find((item) => item.name === String(index));
      if (point && !Number.isNaN(point.yval)) return number(point.yval);
      if (x !== null) return '';
      const known = this.lines[index].points;
      return known.length ? number(known[known.length - 1][2]) : '';
    };
    fill(
        this.legend, this.lines.map((line, index) => {
          const swatch = h('span', {class: line.dashed ? 'swatch dashed' : 'swatch'});
          swatch.style.borderColor = line.colour;
          return h(
              'button', {
                type: 'button',
                class: 'entry',
                'aria-pressed': String(line.shown),
                title: line.shown ? 'Hide this line' : 'Show this line',
                onclick: () => {
                  line.shown = !line.shown;
                  this.draw();
                }
              },
              swatch, line.label, h('b', {}, value(index)));
        }),
        h('span', {class: 'at'}, at));
  }

  destroy() {
    this.seen.disconnect();
    if (this.graph) this.graph.destroy();
    charts.delete(this);
  }
}

window.addEventListener('themechange', () => {
  for (const chart of charts)
    if (chart.loaded) chart.draw();
});

// The controls above a set of charts; the values live in the address.
export function chartControls(page, redraw) {
  const read = () => ({
    axis: page.params.get('axis') === 'time' ? 'time' : 'step',
    smoothing: Math.min(0.99, Math.max(0, Number(page.params.get('smoothing') ?? 0.6) || 0)),
    log: page.params.get('log') === '1',
  });
  const change = (name, value) => {
    page.params.set(name, value);
    page.set({[name]: value}, false);
    redraw();
  };
  const now = read();
  const shown = h('output', {}, now.smoothing.toFixed(2));
  const node =
      h('div', {class: 'controls'},
        h('label', {class: 'field'}, 'Smoothing', h('input', {
            type: 'range',
            id: 'smoothing',
            min: 0,
            max: 0.99,
            step: 0.01,
            value: now.smoothing,
            oninput: (event) => {
              shown.textContent = Number(event.target.value).toFixed(2);
              change('smoothing', event.target.value);
            }
          }),
          shown),
        h('label', {class: 'field'}, 'Axis',
          h('select', {id: 'axis', onchange: (event) => change('axis', event.target.value)},
            h('option', {value: 'step', selected: now.axis === 'step'}, 'step'),
            h('option', {value: 'time', selected: now.axis === 'time'}, 'time'))),
        h('label', {class: 'field check'}, h('input', {
            type: 'checkbox',
            id: 'log',
            checked: now.log,
            onchange: (event) => change('log', event.target.checked ? '1' : '')
          }),
          'Log scale'),
        h('span', {class: 'muted hint'}, 'drag to zoom, double-click to go back'));
  return {node, read};
}
