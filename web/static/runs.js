// The table of runs.
import {follow} from './api.js';
import {
  bar, duration, empty, failure, fill, h, moment, number, runUrl, short, state, table, url
} from './dom.js';
import {scoreLabel} from './scores.js';

const PAGE = 100;
const STATES = ['running', 'succeeded', 'failed', 'interrupted'];

export function showRuns(root, page) {
  const params = page.params;
  const chosen = new Set();
  const offset = Number(params.get('offset') || 0);
  const address = url('/api/runs', {
    experiment: params.get('experiment'),
    state: params.get('state'),
    q: params.get('q'),
    sort: params.get('sort'),
    order: params.get('order'),
    limit: PAGE,
    offset,
  });

  // The search field outlives the redraws, so that typing is not disturbed.
  let typing = 0;
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search runs',
    'aria-label': 'Search runs',
    value: params.get('q') || '',
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        page.set({q: search.value, offset: ''});
        document.getElementById('search')?.focus();
      }, 300);
    }
  });
  const controls = h('div', {class: 'controls'});
  const body = h('div', {});
  const tray = h('div', {class: 'tray', role: 'status'});
  fill(
      root, h('div', {class: 'head'}, h('h1', {}, 'Runs'), h('div', {class: 'grow'}), search),
      controls, body, tray);
  if (params.get('q')) search.setSelectionRange(search.value.length, search.value.length);

  function showTray() {
    tray.classList.toggle('shown', chosen.size > 0);
    const ids = [...chosen];
    fill(
        tray,
        h('span', {},
          chosen.size === 1 ? 'One run chosen; choose another to compare' :
                              `${chosen.size} runs chosen`),
        chosen.size === 2 &&
            h('a', {class: 'button', href: url('/compare', {a: ids[0], b: ids[1]})}, 'Compare'),
        h('button', {
          type: 'button',
          class: 'quiet',
          onclick: () => {
            chosen.clear();
            for (const box of body.querySelectorAll('input[type=checkbox]')) box.checked = false;
            showTray();
          }
        },
          'Clear'));
  }

  function choose(id, on) {
    if (on)
      chosen.add(id);
    else
      chosen.delete(id);
    if (chosen.size > 2) {
      const first = [...chosen][0];
      chosen.delete(first);
      const box = document.getElementById(`choose-${first}`);
      if (box) box.checked = false;
    }
    showTray();
  }

  function row(run) {
    const taken = (run.finished_ms || Date.now()) - run.created_ms;
    const metric = (params.get('sort') || '').startsWith('metric:');
    return h(
        'tr', {data: {row: run.id}}, h('td', {class: 'choose'}, h('input', {
                                         type: 'checkbox',
                                         id: `choose-${run.id}`,
                                         'aria-label': `Choose ${run.id} to compare`,
                                         checked: chosen.has(run.id),
                                         onchange: (event) => choose(run.id, event.target.checked)
                                       })),
        h('td', {class: 'main'},
          h('a', {href: runUrl(run.id), id: `run-${run.id}`}, run.experiment),
          h('code', {class: 'sub'}, run.id)),
        h('td', {data: {label: 'State'}}, state(run.state)),
        h('td', {data: {label: 'Tasks'}, class: 'tasks'},
          bar(run.tasks_done, run.tasks_cached, run.tasks_failed, run.tasks_total),
          h('span', {class: 'sub'}, `${run.tasks_done}/${run.tasks_total}`,
            run.tasks_cached ? ` · ${run.tasks_cached} cached` : '',
            run.tasks_failed ? ` · ${run.tasks_failed} failed` : '')),
        h('td', {class: 'metrics', data: {label: 'Metrics'}},
          h('div', {class: 'chips'},
            metric && h('span', {class: 'chip strong'}, h('b', {}, number(run.metric))),
            run.metrics.slice(0, 3).map(
                (m) =>
                    h('span', {class: 'chip', title: `${m.task}: ${m.name} at step ${m.step}`},
                      scoreLabel(m.name), h('b', {}, number(m.value)))))),
        h('td', {data: {label: 'Started'}, class: 'nowrap'}, moment(run.created_ms),
          h('span', {class: 'sub'}, duration(taken))),
        h('td', {data: {label: 'Code'}, class: 'nowrap'},
          run.commit ? h('code', {}, short(run.commit).slice(0, 8), run.dirty ? '+' : '') :
                       h('span', {class: 'muted'}, 'no commit'),
          run.branch && h('span', {class: 'sub'}, run.branch, run.dirty ? ', changed' : '')));
  }

  const heads = ['', 'Experiment', 'State', 'Tasks', 'Metrics', 'Started', 'Code'];
  const draw = (runs) => table(heads, runs.map(row), {class: 'cards runs'});

  function grouped(runs) {
    const groups = new Map();
    for (const run of runs)
      groups.set(run.experiment, [...(groups.get(run.experiment) || []), run]);
    return [...groups].map(
        ([name, list]) =>
            h('section', {}, h('h2', {}, name, h('span', {class: 'muted'}, ` ${list.length}`)),
              draw(list)));
  }

  function drawControls(answer) {
    const total = Object.values(answer.states).reduce((a, b) => a + b, 0);
    const chip = (name, label, count) =>
        h('button', {
          type: 'button',
          id: `state-${name || 'all'}`,
          class: `chip pick ${name ? `state-${name}` : ''}`,
          'aria-pressed': String((params.get('state') || '') === name),
          onclick: () => page.set({state: name, offset: ''})
        },
          label, h('b', {}, count));
    const select = (id, label, value, options, change) =>
        h('label', {class: 'field'}, label,
          h('select', {id, onchange: (event) => change(event.target.value)},
            options.map(([v, name]) => h('option', {value: v, selected: v === value}, name))));
    fill(
        controls,
        h('div', {class: 'chips', role: 'group', 'aria-label': 'State'}, chip('', 'All', total),
          STATES.filter((s) => answer.states[s]).map((s) => chip(s, s, answer.states[s]))),
        h('div', {class: 'grow'}),
        answer.experiments.length > 1 &&
            select(
                'experiment', 'Experiment', params.get('experiment') || '',
                [['', 'all'], ...answer.experiments.map((e) => [e.name, e.name])],
                (value) => page.set({experiment: value, offset: ''})),
        select(
            'sort', 'Sort', `${params.get('sort') || 'created'}:${params.get('order') || 'desc'}`,
            [
              ['created:desc', 'newest first'], ['created:asc', 'oldest first'],
              ['duration:desc', 'longest first'], ['experiment:asc', 'by experiment'],
              ['state:asc', 'by state'],
              ...answer.metrics.flatMap(
                  (m) => [
                      [`metric:${m}:desc`, `${m}, highest`], [`metric:${m}:asc`, `${m}, lowest`]])
            ],
            (value) => page.set({
              sort: value.replace(/:[a-z]+$/, ''),
              order: value.match(/[a-z]+$/)[0],
              offset: ''
            })),
        h('label', {class: 'field check'}, h('input', {
            type: 'checkbox',
            id: 'group',
            checked: params.get('group') === '1',
            onchange: (event) => page.set({group: event.target.checked ? '1' : ''})
          }),
          'Group'));
  }

  function pager(answer) {
    if (answer.total <= PAGE) return null;
    return h(
        'nav', {class: 'pager', 'aria-label': 'Further runs'},
        h('button', {
          type: 'button',
          disabled: offset === 0,
          onclick: () => page.set({offset: Math.max(0, offset - PAGE) || ''})
        },
          'Newer'),
        h('span', {class: 'muted'},
          `${offset + 1}–${Math.min(offset + PAGE, answer.total)} of ${answer.total}`),
        h('button', {
          type: 'button',
          disabled: offset + PAGE >= answer.total,
          onclick: () => page.set({offset: offset + PAGE})
        },
          'Older'));
  }

  return follow(address, (answer) => {
    const total = Object.values(answer.states).reduce((a, b) => a + b, 0);
    const filtered = params.get('q') || params.get('state') || params.get('experiment');
    if (total === 0 && !filtered) {
      fill(controls);
      search.hidden = true;
      fill(
          body,
          empty(
              'No runs yet',
              `The store ${
                  answer.root} is empty. Start a run in a terminal; it appears here by itself.`,
              'unimo run experiments/demo.yaml'));
      return;
    }
    search.hidden = false;
    drawControls(answer);
    if (answer.runs.length === 0)
      fill(body, empty('Nothing matches', 'No run fits the search and the chosen states.'));
    else
      fill(
          body, params.get('group') === '1' ? grouped(answer.runs) : draw(answer.runs),
          pager(answer));
  }, (error) => fill(body, failure(error)), (answer) => (answer.states.running ? 2000 : 5000));
}
