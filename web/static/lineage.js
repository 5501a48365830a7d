// Where an artifact or a metric comes from, back to the raw files.
import {get} from './api.js';
import {
  artifactUrl, bytes, copyable, digest, drawing, empty, facts, failure, fill, h, number, runUrl,
  short, state, table, url
} from './dom.js';
import {commit} from './run_provenance.js';

export function showLineage(root, page) {
  const {params} = page;
  const body = h('div', {});
  fill(root, body);
  if (!params.get('artifact') && !params.get('task')) {
    fill(
        body,
        empty(
            'Lineage',
            'Open it from a number or an artifact of a run: every score, tile and artifact there links to what it was made from.'));
    return null;
  }
  const address = url('/api/lineage', {
    artifact: params.get('artifact'),
    run: params.get('run'),
    task: params.get('task'),
    metric: params.get('metric'),
    dir: innerWidth < 700 ? 'tb' : 'lr'
  });

  function step(item, index) {
    return h(
        'li', {class: 'step'},
        h('header', {}, h('span', {class: 'ordinal'}, index + 1),
          h('h3', {}, h('a', {href: runUrl(item.run, {tab: 'tasks', task: item.task})}, item.task)),
          h('span', {class: 'muted'}, item.kind), state(item.state)),
        facts([
          ['run', h('a', {href: runUrl(item.run)}, item.run)],
          [
            'from',
            item.inputs.length > 0 &&
                h('ul', {class: 'plain'},
                  item.inputs.map(
                      (input) =>
                          h('li', {}, h('b', {}, input.name), ' ',
                            input.artifact ?
                                h('a', {href: artifactUrl(input.artifact)}, input.label) :
                                h('code', {}, input.label),
                            ' ', h('code', {class: 'muted'}, short(input.digest)))))
          ],
          ['gave', item.artifact && digest(item.artifact)],
          ['cache key', item.key && digest(item.key, 'key')], ['why', item.reason]
        ]),
        h('details', {}, h('summary', {}, 'Parameters'),
          h('pre', {class: 'json', tabindex: 0, 'aria-label': `Parameters of ${item.task}`},
            JSON.stringify(item.params, null, 2))));
  }

  function raw(item) {
    return h(
        'section', {}, h('h3', {}, h('code', {}, item.label)), facts([
          ['digest', digest(item.digest, 'raw')],
          ['files', item.count ? `${number(item.count)}, ${bytes(item.size_bytes)}` : '']
        ]),
        item.files.length > 0 &&
            table(
                ['File', '>Size', 'SHA-256'],
                item.files.map(
                    (file) =>
                        h('tr', {}, h('td', {class: 'main'}, h('code', {}, file.path)),
                          h('td', {class: 'num nowrap', data: {label: 'Size'}},
                            bytes(file.size_bytes)),
                          h('td', {data: {label: 'SHA-256'}}, digest(file.sha256, 'raw')))),
                {class: 'cards'}),
        item.count > item.files.length &&
            h('p', {class: 'muted'}, `and ${number(item.count - item.files.length)} more`));
  }

  function draw(answer) {
    const title = answer.metric ? answer.metric.name : answer.task;
    document.title = `Lineage of ${title} · unimo`;
    const {source} = answer;
    fill(
        body,
        h('nav', {class: 'crumbs', 'aria-label': 'Where this is'}, h('a', {href: '/runs'}, 'Runs'),
          ' / ', h('a', {href: runUrl(answer.run)}, answer.run), ' / ',
          h('a', {href: runUrl(answer.run, {tab: 'tasks', task: answer.task})}, answer.task)),
        h('div', {class: 'head'}, h('h1', {}, 'Lineage of ', title),
          answer.metric && h('span', {class: 'figure'}, number(answer.metric.value)),
          h('div', {class: 'grow'}),
          answer.artifact &&
              h('a', {class: 'button', href: artifactUrl(answer.artifact)}, 'Files')),
        !answer.complete &&
            h('p', {class: 'warn'},
              'The history is longer than can be drawn; the beginning is left out.'),
        h('section', {class: 'card'},
          h('div',
            {class: 'scroll drawing', tabindex: 0, 'aria-label': 'Drawing of the lineage; scrolls'},
            drawing(answer.svg))),
        source &&
            h('section', {class: 'card'}, h('h2', {}, 'Code'), facts([
                ['commit', commit(source)], ['branch', source.branch],
                ['state', source.dirty ? 'with uncommitted changes' : 'clean'],
                ['snapshot', source.snapshot && h('code', {}, source.snapshot)]
              ]),
              source.dirty && source.snapshot &&
                  copyable(
                      `git diff ${source.commit.slice(0, 12)} ${source.snapshot.slice(0, 12)}`)),
        answer.raw.length > 0 &&
            h('section', {class: 'card'}, h('h2', {}, 'Raw files'), answer.raw.map(raw)),
        h('section', {class: 'card'}, h('h2', {}, 'Steps'),
          h('ol', {class: 'steps'}, answer.steps.map(step))),
        answer.used_by.length > 0 &&
            h('section', {class: 'card'}, h('h2', {}, 'Used by'),
              table(
                  ['Task', 'Kind', 'State', 'Run'],
                  answer.used_by.map(
                      (user) =>
                          h('tr', {},
                            h('td', {class: 'main'},
                              h('a', {href: runUrl(user.run, {tab: 'tasks', task: user.task})},
                                user.task)),
                            h('td', {data: {label: 'Kind'}}, user.kind),
                            h('td', {data: {label: 'State'}}, state(user.state)),
                            h('td', {data: {label: 'Run'}},
                              h('a', {href: runUrl(user.run)}, user.run)))),
                  {class: 'cards'})));
  }
  get(address).then(draw).catch((error) => fill(body, failure(error)));
  return null;
}
