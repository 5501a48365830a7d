// One run: overview, tasks, metrics, logs, artifacts, provenance.
import {follow, get} from './api.js';
import {Chart, chartControls} from './charts.js';
import {
  artifactUrl, bar, bytes, clock, digest, drawing, duration, empty, failure, fill, h, lineageUrl,
  moment, number, runUrl, short, state, table, url
} from './dom.js';
import {showLogs} from './logs.js';
import {provenanceTab} from './run_provenance.js';
import {progress, tasksTab, taskUrl} from './run_tasks.js';
import {scoreLabel, scoreTables} from './scores.js';

const TABS = [
  ['overview', 'Overview'], ['tasks', 'Tasks'], ['metrics', 'Metrics'], ['logs', 'Logs'],
  ['artifacts', 'Artifacts'], ['provenance', 'Provenance']
];

export function showRun(root, page) {
  const id = page.parts[1];
  const tab =
      TABS.some(([name]) => name === page.params.get('tab')) ? page.params.get('tab') : 'overview';
  const head = h('div', {});
  const body = h('div', {});
  fill(root, head, body);
  let view = null;

  function drawHead(answer) {
    const run = answer.run;
    const report = answer.tasks.find((task) => task.kind === 'report' && task.artifact);
    document.title = `${run.experiment} ${run.state} · unimo`;
    const taken = (run.finished_ms || Date.now()) - run.created_ms;
    fill(
        head,
        h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '/runs'}, 'Runs'),
          ' / ', h('a', {href: url('/runs', {experiment: run.experiment})}, run.experiment)),
        h('div', {class: 'head'}, h('h1', {}, run.experiment, ' ', h('code', {}, run.id)),
          state(run.state), h('div', {class: 'grow'}),
          report &&
              h('a', {class: 'button', href: url('/report', {artifact: report.artifact})},
                'Report'),
          h('a', {class: 'button', href: url('/compare', {a: run.id})}, 'Compare'),
          h('a', {class: 'button', href: url('/system', {run: run.id})}, 'System')),
        h('p', {class: 'under'}, moment(run.created_ms),
          ` · ${duration(taken)} · ${run.tasks_done} of ${run.tasks_total} tasks`,
          run.tasks_cached ? `, ${run.tasks_cached} from the cache` : '',
          run.commit ?
              [
                ' · ', h('code', {}, short(run.commit).slice(0, 8)),
                run.dirty ? ' with changes' : ''
              ] :
              ''),
        h('nav', {class: 'tabs', 'aria-label': 'Parts of the run'},
          TABS.map(
              ([name, label]) =>
                  h('a', {
                    href: runUrl(id, name === 'overview' ? {} : {tab: name}),
                    id: `tab-${name}`,
                    'aria-current': name === tab ? 'page' : null
                  },
                    label,
                    name === 'tasks' && run.tasks_failed ?
                        h('b', {class: 'count failed'}, run.tasks_failed) :
                        null))));
  }

  const views = {
    overview: overviewTab,
    tasks: tasksTab,
    metrics: metricsTab,
    logs: logsTab,
    artifacts: artifactsTab,
    provenance: provenanceTab
  };
  const stop = follow(
      `/api/runs/${encodeURIComponent(id)}`,
      (answer) => {
        drawHead(answer);
        if (!view) view = views[tab](body, page, answer);
        view.update(answer);
      },
      (error) => fill(body, failure(error)),
      (answer) => (answer.run.state === 'running' ? 2000 : 10000));
  return () => {
    stop();
    view?.destroy?.();
  };
}


// ---- overview
function failureCard(run, failed) {
  const attempt = failed.attempt || {};
  const end = attempt.signal ? `killed by signal ${attempt.signal}` :
      attempt.exit_code !== null && attempt.exit_code !== undefined ?
                               `exit code ${attempt.exit_code}` :
                               '';
  return h(
      'section', {class: 'card failure'},
      h('header', {},
        h('h2', {}, '✕ ', h('a', {href: taskUrl(run, failed.task)}, failed.task), ' failed'),
        h('span', {class: 'muted'},
          [
            end, attempt.host && `on ${attempt.host}`,
            attempt.max_rss_kib && `${bytes(attempt.max_rss_kib * 1024)} of memory`
          ].filter(Boolean)
              .join(' · '))),
      h('p', {class: 'strong'}, failed.error || attempt.error),
      failed.log &&
          h('details', {open: true}, h('summary', {}, 'End of its log'),
            h('pre', {class: 'log', tabindex: 0, 'aria-label': 'End of the log'}, failed.log)),
      h('p', {}, h('a', {href: runUrl(run, {tab: 'logs', task: failed.task})}, 'Whole log'),
        h('span', {class: 'muted'}, ' · after mending, '), h('code', {}, `unimo resume ${run}`),
        h('span', {class: 'muted'}, ' continues from what is done')));
}

function overviewTab(body, page, first) {
  const run = first.run.id;
  const tiles = h('div', {class: 'tiles'});
  const failures = h('div', {});
  const dag = h('section', {class: 'card'});
  const scores = h('div', {});
  fill(body, tiles, failures, dag, scores);
  let drawn = '';
  let failed = '';

  async function drawDag(answer) {
    // The states are all that changes in the drawing.
    const now = answer.tasks.map((task) => task.state).join() + innerWidth;
    if (now === drawn) return;
    drawn = now;
    try {
      const graph = await get(
          url(`/api/runs/${encodeURIComponent(run)}/dag`, {dir: innerWidth < 700 ? 'tb' : 'lr'}));
      fill(
          dag, h('header', {}, h('h2', {}, graph.by_stage ? 'Stages' : 'Tasks'), legend()),
          h('div',
            {class: 'scroll drawing', tabindex: 0, 'aria-label': 'Drawing of the tasks; scrolls'},
            drawing(graph.svg)));
    } catch (error) {
      fill(dag, h('p', {class: 'muted'}, error.message));
    }
  }

  function tile(label, value, under) {
    return h(
        'div', {class: 'tile'}, h('span', {class: 'label'}, label), h('strong', {}, value),
        under && h('span', {class: 'sub'}, under));
  }

  function update(answer) {
    const r = answer.run;
    const busy = answer.tasks.filter((task) => task.state === 'running');
    fill(
        tiles,
        h('div', {class: 'tile wide'}, h('span', {class: 'label'}, 'Progress'),
          bar(r.tasks_done, r.tasks_cached, r.tasks_failed, r.tasks_total),
          h('span', {class: 'sub'},
            `${r.tasks_done} of ${r.tasks_total} tasks, ${r.tasks_cached} cached`,
            r.tasks_failed ? `, ${r.tasks_failed} failed` : ''),
          busy.map(
              (task) =>
                  h('div', {class: 'busy'}, h('a', {href: taskUrl(run, task.name)}, task.name),
                    progress(task)))),
        tile(
            'Time', duration((r.finished_ms || Date.now()) - r.created_ms),
            r.finished_ms ? `ended ${clock(r.finished_ms)}` : `since ${clock(r.created_ms)}`),
        answer.metrics.map(
            (m) =>
                h('a', {
                  class: 'tile',
                  href: lineageUrl({run, task: m.task, metric: m.name}),
                  title: `${m.name}: where this number comes from`,
                  data: {metric: m.name}
                },
                  h('span', {class: 'label'}, scoreLabel(m.name)), h('strong', {}, number(m.value)),
                  h('span', {class: 'sub'}, m.task))));
    const now = JSON.stringify(answer.failures);
    if (now !== failed) {
      fill(failures, answer.failures.map((item) => failureCard(run, item)));
      // The reason stands at the end.
      for (const log of failures.querySelectorAll('pre')) log.scrollTop = log.scrollHeight;
    }
    failed = now;
    drawDag(answer);
    fill(scores, scoreTables(run, answer));
  }
  return {update};
}

function legend() {
  return h(
      'div', {class: 'legend-row'},
      ['succeeded', 'cached', 'running', 'failed', 'pending'].map(state));
}

// ---- metrics
function metricsTab(body, page, first) {
  const controls =
      chartControls(page, () => charts.forEach((chart) => chart.loaded && chart.draw()));
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search metrics',
    'aria-label': 'Search metrics',
    value: page.params.get('metric') || '',
    oninput: () => {
      page.params.set('metric', search.value);
      page.set({metric: search.value}, false);
      filter();
    }
  });
  const grid = h('div', {class: 'charts'});
  const rest = h('div', {});
  controls.node.prepend(search);
  fill(body, controls.node, grid, rest);
  let charts = [];
  let shape = '';
  let steps = '';

  function filter() {
    const word = (page.params.get('metric') || '').toLowerCase();
    for (const chart of charts) chart.node.hidden = !chart.title.toLowerCase().includes(word);
  }

  function build(answer) {
    charts.forEach((chart) => chart.destroy());
    const byName = new Map();
    for (const s of answer.series) {
      if (s.name.startsWith('system.') || s.step === 0) continue;
      byName.set(s.name, [...(byName.get(s.name) || []), s]);
    }
    charts = [...byName].map(
        ([name, list]) =>
            new Chart(name, list.map((s) => ({id: s.id, label: s.task})), controls.read));
    fill(grid, charts.map((chart) => chart.node));
    if (charts.length === 0) {
      controls.node.hidden = true;
      fill(
          grid,
          empty(
              'No curves yet',
              'Tasks that train report their loss and more while they run; curves appear here as soon as there are points.'));
    } else {
      controls.node.hidden = false;
    }
    filter();
  }

  return {
    update(answer) {
      const now = answer.series.map((s) => s.id).join();
      const at = answer.series.map((s) => s.step).join();
      if (now !== shape)
        build(answer);
      else if (at !== steps)
        charts.forEach((chart) => chart.loaded && chart.load());
      shape = now;
      steps = at;
      fill(rest, scoreTables(answer.run.id, answer));
    },
    destroy() {
      charts.forEach((chart) => chart.destroy());
    },
  };
}

// ---- logs
function logsTab(body, page, first) {
  return showLogs(body, page, first);
}

// ---- artifacts
function artifactsTab(body) {
  // Which artifacts have something to look at is known to the gallery alone.
  let shown = new Set();
  let latest = null;
  get('/api/gallery')
      .then((answer) => {
        shown = new Set(answer.galleries.map((gallery) => gallery.artifact));
        if (latest) view.update(latest);
      })
      .catch(() => {});  // the list of artifacts is whole without it
  const view = {
    update(answer) {
      latest = answer;
      const made = answer.tasks.filter((task) => task.artifact);
      const pictures = made.filter((task) => shown.has(task.artifact));
      fill(
          body,
          made.length === 0 ?
              empty(
                  'Nothing finished yet',
                  'Every finished task leaves an artifact: an unchangeable folder named by its content.') :
              [
                pictures.length > 0 &&
                    h('p', {class: 'links'}, 'Pictures: ',
                      pictures.map(
                          (task) =>
                              h('a', {
                                href: url('/gallery', {artifact: task.artifact, run: answer.run.id})
                              },
                                task.name))),
                table(
                    ['Task', 'Artifact', '>Files', '>Size', ''],
                    made.map(
                        (task) =>
                            h('tr', {data: {row: task.name}},
                              h('td', {class: 'main'},
                                h('a', {href: artifactUrl(task.artifact)}, task.name),
                                h('span', {class: 'sub'}, task.kind)),
                              h('td', {data: {label: 'Artifact'}}, digest(task.artifact)),
                              h('td', {class: 'num', data: {label: 'Files'}},
                                number(task.file_count)),
                              h('td', {class: 'num nowrap', data: {label: 'Size'}},
                                bytes(task.size_bytes)),
                              h('td', {class: 'links'},
                                h('a', {href: lineageUrl({run: answer.run.id, task: task.name})},
                                  'Lineage')))),
                    {class: 'cards'})
              ]);
    }
  };
  return view;
}
