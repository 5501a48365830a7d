// Where a run comes from: command, code, environment.
import {clock, copyable, digest, facts, fill, h, table, text} from './dom.js';

function commandCard(run) {
  return h(
      'section', {class: 'card'}, h('h2', {}, 'Command'), copyable(run.command_line), facts([
        ['experiment file', run.file], ['seed', String(run.seed)],
        ['started', clock(run.created_ms)], ['folder', h('code', {}, run.directory)],
        ['experiment digest', digest(run.resolved_digest, 'key')]
      ]));
}

export function commit(source) {
  if (!source.commit) return 'none';
  const name = h('code', {}, source.commit);
  return source.link ? h('a', {href: source.link, rel: 'noreferrer'}, name) : name;
}

function codeCard(source) {
  const card = h('section', {class: 'card'}, h('h2', {}, 'Code'));
  if (!source) {
    card.append(h('p', {class: 'muted'}, 'The run was not started inside a git repository.'));
    return card;
  }
  card.append(facts([
    ['commit', commit(source)], ['branch', source.branch], ['remote', source.remote],
    ['repository', source.repository],
    ['state', source.dirty ? 'with uncommitted changes, kept as a snapshot' : 'clean'],
    ['snapshot', source.snapshot && h('code', {}, source.snapshot)],
    ['kept by', source.snapshot_ref && h('code', {}, source.snapshot_ref)]
  ]));
  if (source.dirty && source.snapshot) {
    card.append(
        h('p', {class: 'muted'}, 'To see what differed from the commit:'),
        copyable(`git diff ${source.commit.slice(0, 12)} ${source.snapshot.slice(0, 12)}`));
  }
  if (Array.isArray(source.changes) && source.changes.length > 0) {
    const row = (change) => h(
        'tr', {}, h('td', {}, h('code', {}, text(change.path))), h('td', {}, text(change.status)));
    card.append(table(['Changed file', 'How'], source.changes.map(row)));
  }
  return card;
}

export function provenanceTab(body) {
  let shown = '';
  return {
    update({run, source, environment}) {
      const now = JSON.stringify([source, environment, run.command_line]);
      if (now === shown) return;
      shown = now;
      const resolved =
          h('pre', {class: 'json', tabindex: 0, 'aria-label': 'Resolved experiment'},
            JSON.stringify(run.resolved, null, 2));
      fill(
          body, commandCard(run), codeCard(source),
          h('section', {class: 'card'}, h('h2', {}, 'Environment'), environmentFacts(environment)),
          h('section', {class: 'card'}, h('h2', {}, 'Resolved experiment'),
            h('details', {}, h('summary', {}, 'Show'), resolved)));
    }
  };
}

export function environmentFacts(environment) {
  if (!environment || typeof environment !== 'object')
    return h('p', {class: 'muted'}, 'Not recorded.');
  const rows = [];
  const walk = (path, value) => {
    if (value && typeof value === 'object' && !Array.isArray(value))
      for (const [key, item] of Object.entries(value)) walk(path ? `${path}.${key}` : key, item);
    else
      rows.push([path, Array.isArray(value) ? value.map(text).join(', ') : text(value)]);
  };
  walk('', environment);
  return facts(rows);
}
