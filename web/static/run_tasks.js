// The tasks of a run: a table, and one task in detail.
import {
  artifactUrl, bytes, clock, digest, duration, empty, facts, fill, h, lineageUrl, number, runUrl,
  state, table
} from './dom.js';

export const taskUrl = (run, task, params = {}) => runUrl(run, {tab: 'tasks', task, ...params});

export function progress(task) {
  if (!task.progress_total && !task.progress_done) return null;
  const total = task.progress_total || task.progress_done;
  const left = task.progress_done > 0 && task.started_ms && task.state === 'running' ?
      ((Date.now() - task.started_ms) * (total - task.progress_done)) / task.progress_done :
      null;
  return h(
      'span', {class: 'progress'},
      h('progress',
        {max: total, value: task.progress_done, 'aria-label': `${task.name}: progress`}),
      h('span', {class: 'sub'},
        `${number(task.progress_done)} / ${
            task.progress_total ? number(task.progress_total) : '?'} ${task.progress_unit}`,
        left ? ` · about ${duration(left)} left` : ''));
}

export function tasksTab(body, page, first) {
  const run = first.run.id;
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search tasks',
    'aria-label': 'Search tasks',
    value: page.params.get('q') || '',
    oninput: () => {
      page.params.set('q', search.value);
      page.set({q: search.value}, false);
      draw();
    }
  });
  const list = h('div', {});
  const detail = h('div', {});
  fill(body, h('div', {class: 'controls'}, search), h('div', {class: 'split'}, list, detail));
  let latest = first;
  let shownDetail = '';

  function draw() {
    const word = (page.params.get('q') || '').toLowerCase();
    const chosen = page.params.get('task');
    const tasks = latest.tasks.filter(
        (task) => `${task.name} ${task.kind} ${task.state}`.toLowerCase().includes(word));
    const counts = new Map();
    for (const c of latest.counts)
      if (c.name.startsWith('quarantine.')) counts.set(c.task, (counts.get(c.task) || 0) + c.value);
    fill(
        list,
        tasks.length ?
            table(
                ['Task', 'State', 'Progress', 'Time', 'Why', 'Artifact'],
                tasks.map(
                    (task) =>
                        h('tr',
                          {data: {row: task.name}, class: task.name === chosen ? 'chosen' : ''},
                          h('td', {class: 'main'},
                            h('a', {
                              href: taskUrl(run, task.name, {q: page.params.get('q')}),
                              id: `task-${task.name}`
                            },
                              task.name),
                            h('span', {class: 'sub'}, task.kind)),
                          h('td', {data: {label: 'State'}}, state(task.state),
                            task.attempts.length > 1 &&
                                h('span', {class: 'sub'}, `attempt ${task.attempts.length}`)),
                          h('td', {data: {label: 'Progress'}}, progress(task),
                            counts.has(task.name) &&
                                h('span', {class: 'sub warn'},
                                  `${number(counts.get(task.name))} set aside`)),
                          h('td', {class: 'nowrap', data: {label: 'Time'}},
                            task.state === 'cached' ? '' :
                                task.started_ms     ? duration(
                                                          (task.finished_ms || Date.now()) -
                                                          task.started_ms) :
                                                  ''),
                          h('td', {class: 'why', data: {label: 'Why'}},
                            h('span', {},
                              task.error ? h('span', {class: 'bad'}, task.error) : task.reason,
                              task.origin_run &&
                                  [' ', h('a', {href: runUrl(task.origin_run)}, task.origin_run)])),
                          h('td', {class: 'nowrap', data: {label: 'Artifact'}},
                            task.artifact &&
                                [
                                  digest(task.artifact),
                                  h('span', {class: 'sub'}, bytes(task.size_bytes))
                                ]))),
                {class: 'cards'}) :
            empty('Nothing matches', 'No task has these words in its name, kind or state.'));
    const task = latest.tasks.find((item) => item.name === chosen);
    const now = JSON.stringify(task || null);
    if (now !== shownDetail) fill(detail, task ? taskDetail(run, task, latest) : null);
    shownDetail = now;
  }
  return {
    update(answer) {
      latest = answer;
      draw();
    }
  };
}

function taskDetail(run, task, answer) {
  const metrics = answer.series.filter((s) => s.task === task.name);
  return h(
      'aside', {class: 'card detail', 'aria-label': `Task ${task.name}`},
      h('header', {}, h('h2', {}, task.name), state(task.state)),
      task.error && h('p', {class: 'bad strong'}, task.error), facts([
        ['kind', task.kind], ['why', task.reason],
        ['from run', task.origin_run && h('a', {href: runUrl(task.origin_run)}, task.origin_run)],
        ['started', clock(task.started_ms)], ['ended', clock(task.finished_ms)],
        ['artifact', task.artifact && digest(task.artifact)],
        [
          'size',
          task.size_bytes !== null && `${bytes(task.size_bytes)} in ${task.file_count} files`
        ],
        ['cache key', task.key && digest(task.key, 'key')]
      ]),
      h('p', {class: 'links'}, h('a', {href: runUrl(run, {tab: 'logs', task: task.name})}, 'Log'),
        task.artifact && h('a', {href: lineageUrl({run, task: task.name})}, 'Lineage'),
        task.artifact && h('a', {href: artifactUrl(task.artifact)}, 'Files')),
      metrics.length > 0 &&
          [
            h('h3', {}, 'Latest metrics'),
            h('div', {class: 'chips'},
              metrics.slice(0, 12).map(
                  (m) =>
                      h('a',
                        {class: 'chip', href: lineageUrl({run, task: task.name, metric: m.name})},
                        m.name, h('b', {}, number(m.value)))))
          ],
      task.attempts.length > 0 &&
          [
            h('h3', {}, 'Attempts'),
            table(
                ['#', 'State', 'Host', 'Took', 'Memory'],
                task.attempts.map(
                    (a) =>
                        h('tr', {}, h('td', {}, a.number), h('td', {}, state(a.state)),
                          h('td', {class: 'break'}, a.host),
                          h('td', {class: 'nowrap'},
                            a.finished_ms ? duration(a.finished_ms - a.started_ms) : ''),
                          h('td', {class: 'nowrap'},
                            a.max_rss_kib ? bytes(a.max_rss_kib * 1024) : ''))))
          ],
      h('h3', {}, 'Parameters'),
      h('pre', {class: 'json', tabindex: 0, 'aria-label': 'Parameters'},
        JSON.stringify(task.params, null, 2)));
}
