// The machine of a run: what it is, and what it did meanwhile.
import {follow, get} from './api.js';
import {Chart, chartControls} from './charts.js';
import {empty, failure, fill, h, number, runUrl, table} from './dom.js';
import {environmentFacts} from './run_provenance.js';

export function showSystem(root, page) {
  const body = h('div', {});
  fill(root, h('div', {class: 'head'}, h('h1', {}, 'System')), body);
  let charts = [];
  let stop = () => {};
  let left = false;

  function build(list, answer) {
    const controls =
        chartControls(page, () => charts.forEach((chart) => chart.loaded && chart.draw()));
    const byName = new Map();
    for (const s of answer.series.filter((item) => item.name.startsWith('system.')))
      byName.set(s.name, [...(byName.get(s.name) || []), s]);
    charts.forEach((chart) => chart.destroy());
    charts = [...byName].map(
        ([name, lines]) =>
            new Chart(name.slice(7), lines.map((s) => ({id: s.id, label: s.task})), controls.read));
    fill(
        body,
        h('div', {class: 'controls'},
          h('label', {class: 'field'}, 'Run',
            h('select', {id: 'run', onchange: (event) => page.set({run: event.target.value})},
              list.map(
                  (r) =>
                      h('option', {value: r.id, selected: r.id === answer.run.id},
                        `${r.experiment} · ${r.id} · ${r.state}`)))),
          h('a', {href: runUrl(answer.run.id)}, 'Open the run')),
        h('section', {class: 'card'}, h('h2', {}, 'Machine'), environmentFacts(answer.environment)),
        charts.length ?
            [controls.node, h('div', {class: 'charts'}, charts.map((chart) => chart.node))] :
            empty(
                'No measurements',
                'Tasks that train report memory, tokens per second and how long they waited for data.'),
        answer.counts.length > 0 &&
            h('section', {class: 'card'}, h('h2', {}, 'Counts'),
              table(
                  ['Task', 'Count', '>Value'],
                  answer.counts.map(
                      (c) =>
                          h('tr', {}, h('td', {class: 'main'}, c.task),
                            h('td', {data: {label: 'Count'}}, c.name),
                            h('td', {class: 'num', data: {label: 'Value'}}, number(c.value)))),
                  {class: 'cards narrow'})));
  }

  async function start() {
    const list = (await get('/api/runs?limit=200')).runs;
    if (left) return;
    if (list.length === 0) {
      fill(
          body,
          empty(
              'No runs yet', 'Machine and measurements are recorded with every run.',
              'unimo run experiments/demo.yaml'));
      return;
    }
    const id = page.params.get('run') || list[0].id;
    let shape = '';
    stop = follow(
        `/api/runs/${encodeURIComponent(id)}`,
        (answer) => {
          const now = answer.series.map((s) => s.id).join();
          if (now !== shape)
            build(list, answer);
          else
            charts.forEach((chart) => chart.loaded && chart.load());
          shape = now || 'none';
        },
        (error) => fill(body, failure(error)),
        (answer) => (answer.run.state === 'running' ? 3000 : 15000));
  }
  start().catch((error) => fill(body, failure(error)));
  return () => {
    left = true;
    stop();
    charts.forEach((chart) => chart.destroy());
  };
}
