// Two runs side by side: what was set, what came out, and why they differ.
import {get} from './api.js';
import {Chart, chartControls} from './charts.js';
import {
  clock, digest, duration, empty, facts, failure, fill, h, lineageUrl, number, runUrl, short,
  state, table, text, url
} from './dom.js';

export function showCompare(root, page) {
  const a = page.params.get('a') || '';
  const b = page.params.get('b') || '';
  const body = h('div', {});
  const pickers = h('div', {class: 'controls'});
  fill(root, h('div', {class: 'head'}, h('h1', {}, 'Compare')), pickers, body);
  let charts = [];

  async function start() {
    const list = (await get('/api/runs?limit=500')).runs;
    const name = (r) => `${r.experiment} · ${r.id} · ${r.state}`;
    const picker = (id, label, value) =>
        h('label', {class: 'field'}, label,
          h('select', {id, onchange: (event) => page.set({[id]: event.target.value})},
            h('option', {value: ''}, 'choose a run'),
            list.map((r) => h('option', {value: r.id, selected: r.id === value}, name(r)))));
    fill(
        pickers, picker('a', 'A', a), picker('b', 'B', b),
        a && b &&
            h('button', {type: 'button', class: 'quiet', onclick: () => page.set({a: b, b: a})},
              '⇄ Swap'));
    if (list.length < 2) {
      fill(
          body,
          empty(
              'Two runs are needed',
              'Change a setting and run again; tasks that are not affected come from the cache.',
              'unimo run experiments/demo.yaml --set stages.pretrain.params.optimizer.lr=2e-4'));
    } else if (!a || !b) {
      fill(body, empty('Choose two runs', 'Above, or by the boxes in the table of runs.'));
    } else {
      draw(await get(url('/api/compare', {a, b})));
    }
  }

  function side(letter, run) {
    return h(
        'section', {class: 'card'},
        h('header', {},
          h('h2', {}, h('span', {class: `letter ${letter}`}, letter.toUpperCase()), ' ',
            h('a', {href: runUrl(run.id)}, run.experiment), ' ', h('code', {}, run.id)),
          state(run.state)),
        facts([
          ['started', clock(run.created_ms)],
          ['took', run.finished_ms ? duration(run.finished_ms - run.created_ms) : 'still running'],
          [
            'commit',
            run.commit &&
                [
                  run.link ? h('a', {href: run.link, rel: 'noreferrer'},
                               h('code', {}, short(run.commit))) :
                             h('code', {}, short(run.commit)),
                  run.dirty ? ' with changes' : ''
                ]
          ]
        ]));
  }

  // Rows that differ first; equal ones stay folded away.
  function differences(title, rows, none) {
    const different = rows.filter((row) => !row.same);
    const same = rows.filter((row) => row.same);
    const line = (row) =>
        h('tr', {}, h('td', {class: 'main'}, h('code', {}, row.name)),
          h('td', {data: {label: 'A'}, class: row.same ? '' : 'left'},
            'a' in row ? text(row.a) : h('span', {class: 'muted'}, 'absent')),
          h('td', {data: {label: 'B'}, class: row.same ? '' : 'right'},
            'b' in row ? text(row.b) : h('span', {class: 'muted'}, 'absent')));
    return h(
        'section', {class: 'card'},
        h('h2', {}, title, ' ',
          h('span', {class: 'muted'}, different.length ? `${different.length} differ` : 'equal')),
        different.length ? table(['Name', 'A', 'B'], different.map(line), {class: 'cards diff'}) :
                           h('p', {class: 'muted'}, none),
        same.length > 0 &&
            h('details', {}, h('summary', {}, `${same.length} equal`),
              table(['Name', 'A', 'B'], same.map(line), {class: 'cards diff'})));
  }

  function metricTable(rows) {
    // Scores before curves: what came out before how it went.
    const curve = (row) => (row.step_a > 0 || row.step_b > 0 ? 1 : 0);
    const shown = rows.filter((row) => !row.name.startsWith('system.') && row.name !== 'lr')
                      .sort((x, y) => curve(x) - curve(y));
    const different = shown.filter((row) => row.a !== row.b);
    const same = shown.filter((row) => row.a === row.b);
    const line = (row) => {
      const both = typeof row.a === 'number' && typeof row.b === 'number';
      const delta = both ? row.b - row.a : null;
      const share = both && row.a !== 0 ? (100 * delta) / Math.abs(row.a) : null;
      const cell = (value, run) =>
          (value === undefined ?
               h('span', {class: 'muted'}, 'absent') :
               h('a', {href: lineageUrl({run, task: row.task, metric: row.name})}, number(value)));
      return h(
          'tr', {}, h('td', {class: 'main'}, row.name, h('span', {class: 'sub'}, row.task)),
          h('td', {class: 'num', data: {label: 'A'}}, cell(row.a, a)),
          h('td', {class: 'num', data: {label: 'B'}}, cell(row.b, b)),
          h('td', {class: 'num', data: {label: 'Change'}},
            delta === null || delta === 0 ?
                h('span', {class: 'muted'}, delta === 0 ? 'equal' : '') :
                `${delta > 0 ? '+' : '−'}${number(Math.abs(delta))}`,
            share !== null && delta !== 0 &&
                h('span', {class: 'sub'},
                  `${share > 0 ? '+' : '−'}${Math.abs(share).toFixed(1)} %`)));
    };
    const metrics = (some) =>
        table(['Metric', '>A', '>B', '>B − A'], some.map(line), {class: 'cards trio'});
    return h(
        'section', {class: 'card'},
        h('h2', {}, 'Metrics ',
          h('span', {class: 'muted'}, different.length ? `${different.length} differ` : '')),
        different.length ? metrics(different) :
                           h('p', {class: 'muted'},
                             shown.length ? 'All are equal.' : 'Neither run has metrics yet.'),
        same.length > 0 &&
            h('details', {}, h('summary', {}, `${same.length} equal`), metrics(same)));
  }

  function taskTable(rows) {
    const line = (row) => h(
        'tr', {}, h('td', {class: 'main'}, row.name),
        h('td', {data: {label: 'A'}},
          row.a ? [state(row.a.state), h('span', {class: 'sub'}, digest(row.a.artifact))] :
                  h('span', {class: 'muted'}, 'absent')),
        h('td', {data: {label: 'B'}},
          row.b ? [state(row.b.state), h('span', {class: 'sub'}, digest(row.b.artifact))] :
                  h('span', {class: 'muted'}, 'absent')),
        h('td', {data: {label: 'Why different'}},
          row.same ? h('span', {class: 'muted'}, 'same cache key') :
              row.parts.length ?
                     row.parts.map(
                         (part) => h(
                             'div',
                             {class: 'part-diff', title: `A: ${text(part.a)}\nB: ${text(part.b)}`},
                             h('code', {}, part.name), ' differs')) :
                     h('span', {class: 'muted'}, 'no key on one side')));
    return h(
        'section', {class: 'card'},
        h('h2', {}, 'Tasks ',
          h('span', {class: 'muted'},
            `${rows.filter((r) => r.same).length} of ${rows.length} share their result`)),
        table(['Task', 'A', 'B', 'Why different'], rows.map(line), {class: 'cards'}));
  }

  function curves(rows) {
    const byName = new Map();
    for (const row of rows) {
      if (row.name.startsWith('system.') || !(row.step_a > 0 || row.step_b > 0)) continue;
      const lines = byName.get(row.name) || [];
      const tone = new Set(lines.map((line) => line.tone)).size;
      if (row.series_a) lines.push({id: row.series_a, label: `A ${row.task}`, tone});
      if (row.series_b && row.series_b !== row.series_a)
        lines.push({id: row.series_b, label: `B ${row.task}`, dashed: true, tone});
      byName.set(row.name, lines);
    }
    if (byName.size === 0) return null;
    const controls =
        chartControls(page, () => charts.forEach((chart) => chart.loaded && chart.draw()));
    charts = [...byName].map(([name, lines]) => new Chart(name, lines, controls.read));
    return h(
        'section', {}, h('h2', {}, 'Curves'), controls.node,
        h('div', {class: 'charts'}, charts.map((chart) => chart.node)));
  }

  function draw(answer) {
    fill(
        body, h('div', {class: 'pair'}, side('a', answer.a), side('b', answer.b)),
        metricTable(answer.metrics),
        differences('Parameters', answer.params, 'Both runs have the same parameters.'),
        curves(answer.metrics), taskTable(answer.tasks),
        differences('Code', answer.code, 'Both runs used the same code.'),
        differences('Environment', answer.environment, 'Both runs had the same environment.'));
  }

  start().catch((error) => fill(body, failure(error)));
  return () => charts.forEach((chart) => chart.destroy());
}
