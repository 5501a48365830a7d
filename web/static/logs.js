// The log of a task's attempt: follows its end, finds words, shows what the job noted.
import {get} from './api.js';
import {clock, empty, fill, h, url} from './dom.js';

const MOST_CHARACTERS = 2_000_000;

// The task with most to tell.
function longest(tasks) {
  const time = (task) =>
      task.state === 'cached' ? 0 : (task.finished_ms || 0) - (task.started_ms || 0);
  return tasks.reduce(
      (best, task) => (best && time(best) >= time(task) ? best : task), undefined);
}

export function showLogs(body, page, first) {
  const run = first.run.id;
  const tasks = first.tasks.filter((task) => task.attempts.length > 0 || task.state === 'cached');
  const wanted = page.params.get('task');
  const task = tasks.find((t) => t.name === wanted) || tasks.find((t) => t.state === 'running') ||
      tasks.find((t) => t.state === 'failed') || longest(tasks);
  if (!task) {
    fill(body, empty('No log yet', 'A task writes its log as soon as it starts.'));
    return {update() {}};
  }
  const stream = page.params.get('stream') || 'stderr';
  const attempt = page.params.get('attempt') || '';
  const pre =
      h('pre', {class: 'log', id: 'log-text', tabindex: 0, 'aria-label': `Log of ${task.name}`});
  const found = h('span', {class: 'muted', role: 'status'});
  let follow = page.params.get('follow') !== '0';
  let content = '';
  let next = null;
  let begin = 0;
  let stopped = false;
  let running = true;
  let timer = 0;

  const select = (id, label, value, options) => h(
      'label', {class: 'field'}, label,
      h('select', {
        id,
        onchange: (event) =>
            page.set({[id]: event.target.value, ...(id === 'task' ? {attempt: ''} : {})})
      },
        options.map(
            ([v, name]) => h('option', {value: v, selected: String(v) === String(value)}, name))));
  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Find in log',
    'aria-label': 'Find in log',
    value: page.params.get('q') || '',
    oninput: () => {
      page.params.set('q', search.value);
      page.set({q: search.value}, false);
      draw();
    }
  });
  const followBox = h('input', {
    type: 'checkbox',
    id: 'follow',
    checked: follow,
    onchange: (event) => {
      follow = event.target.checked;
      page.set({follow: follow ? '' : '0'}, false);
      if (follow) pre.scrollTop = pre.scrollHeight;
    }
  });
  const earlier =
      h('button', {type: 'button', class: 'quiet', hidden: true, onclick: loadEarlier},
        'Load earlier lines');
  fill(
      body,
      h('div', {class: 'controls'}, search, found, h('div', {class: 'grow'}),
        select('task', 'Task', task.name, tasks.map((t) => [t.name, t.name])),
        select(
            'stream', 'Stream', stream,
            [['stderr', 'log'], ['stdout', 'output'], ['notes', 'notes']]),
        task.attempts.length > 1 &&
            select(
                'attempt', 'Attempt', attempt || task.attempts.length,
                task.attempts.map((a) => [a.number, `${a.number}, ${a.state}`])),
        h('label', {class: 'field check'}, followBox, 'Follow')),
      earlier, pre);

  const address = (params) => url(
      `/api/runs/${encodeURIComponent(run)}/log`, {task: task.name, stream, attempt, ...params});

  function line(textOfLine, word) {
    const level = /^\s*(\S+\s+)?(error|fatal)\b/i.test(textOfLine) ? 'bad' :
        /^\s*(\S+\s+)?warn(ing)?\b/i.test(textOfLine)              ? 'warn' :
                                                                     '';
    if (!word) return h('span', {class: `line ${level}`}, `${textOfLine}\n`);
    const parts = [];
    const low = textOfLine.toLowerCase();
    let from = 0;
    for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) {
      parts.push(textOfLine.slice(from, at), h('mark', {}, textOfLine.slice(at, at + word.length)));
      from = at + word.length;
    }
    return h('span', {class: `line ${level}`}, parts, `${textOfLine.slice(from)}\n`);
  }

  function draw() {
    const word = search.value.trim().toLowerCase();
    const lines = content.split('\n');
    if (lines[lines.length - 1] === '') lines.pop();
    const kept = word ? lines.filter((l) => l.toLowerCase().includes(word)) : lines;
    found.textContent = word ? `${kept.length} of ${lines.length} lines` : '';
    fill(
        pre, kept.slice(-5000).map((l) => line(l, word)),
        content === '' && h('span', {class: 'muted'}, running ? 'Nothing written yet.' : 'Nothing was written here.'));
    if (follow) pre.scrollTop = pre.scrollHeight;
  }

  async function loadEarlier() {
    const from = Math.max(0, begin - 131072);
    const part = await get(address({offset: from, limit: begin - from}));
    const cut = from === 0 ? 0 : part.text.indexOf('\n') + 1;
    content = part.text.slice(cut) + content;
    begin = from + new TextEncoder().encode(part.text.slice(0, cut)).length;
    earlier.hidden = begin === 0;
    follow = false;
    followBox.checked = false;
    draw();
    pre.scrollTop = 0;
  }

  async function ask() {
    if (stopped) return;
    try {
      if (stream === 'notes') {
        const answer = await get(address({}));
        if (stopped) return;
        content = answer.notes.map((n) => `${clock(n.time_ms)}  ${n.level}  ${n.text}`).join('\n');
        running = task.state === 'running';
        draw();
      } else {
        const part = await get(address(next === null ? {} : {offset: next}));
        if (stopped) return;
        if (next === null) {
          begin = part.offset;
          earlier.hidden = begin === 0;
        }
        const fresh = part.text || next === null;
        next = part.next;
        running = part.running || part.next < part.size;
        if (fresh) {
          content = (content + part.text).slice(-MOST_CHARACTERS);
          draw();
        }
      }
    } catch (error) {
      fill(pre, h('span', {class: 'bad'}, error.message));
      running = false;
    }
    if (running) timer = setTimeout(ask, 1500);
  }
  ask();
  return {
    update() {},
    destroy() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
