// Elements and formats. Everything from the store enters the page as text, never as markup.

export function h(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class')
      node.className = value;
    else if (name === 'data')
      Object.assign(node.dataset, value);
    else if (name.startsWith('on'))
      node.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'open')
      node[name] = value;
    else
      node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...kids.flat(3).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  return node;
}

// Puts new children into a node; the focus stays on the element with the same id.
export function fill(node, ...kids) {
  const held = document.activeElement && node.contains(document.activeElement) ?
      document.activeElement.id :
      '';
  node.replaceChildren(
      ...kids.flat(3).filter((kid) => kid !== null && kid !== undefined && kid !== false));
  if (held) document.getElementById(held)?.focus({preventScroll: true});
  return node;
}

// A drawing made by our own server, which escaped every text in it.
export function drawing(text) {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  if (parsed.querySelector('parsererror'))
    return h('p', {class: 'muted'}, 'The drawing could not be read.');
  const node = document.importNode(parsed.documentElement, true);
  // Smaller than this its words cannot be read; the frame around it scrolls.
  node.style.minWidth = `${0.7 * Number(node.getAttribute('width'))}px`;
  return node;
}

// ---- addresses
export function url(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== '' && value !== null && value !== undefined && value !== false)
      query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
export const runUrl = (run, params) => url(`/runs/${encodeURIComponent(run)}`, params);
export const artifactUrl = (digest) => `/artifacts/${digest}`;
export const lineageUrl = (params) => url('/lineage', params);

// ---- formats
export function number(value) {
  if (value === null || value === undefined) return 'nan';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return value.toLocaleString('en');
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7))
    return value.toExponential(3).replace(/\.?0+e/, 'e');
  if (size >= 1000) return value.toLocaleString('en', {maximumFractionDigits: 1});
  return Number(value.toPrecision(4)).toString();
}

export function bytes(value) {
  if (value === null || value === undefined) return '';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

export function duration(ms) {
  if (ms === null || ms === undefined || ms < 0) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min ${String(s % 60).padStart(2, '0')} s`;
  const hours = Math.floor(m / 60);
  if (hours < 48) return `${hours} h ${String(m % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(ms) {
  const s = (Date.now() - ms) / 1000;
  if (s < 60) return 'just now';
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  if (s < 86400 * 14) return `${Math.floor(s / 86400)} d ago`;
  return new Date(ms).toLocaleDateString('en-CA');
}

export function moment(ms) {
  if (!ms) return '';
  const date = new Date(ms);
  return h('time', {datetime: date.toISOString(), title: date.toLocaleString()}, ago(ms));
}

export const clock = (ms) => (ms ? new Date(ms).toLocaleString('en-GB', {hour12: false}) : '');
export const short = (digest) => (digest ? digest.slice(0, 12) : '');

export function text(value) {
  if (value === undefined) return '—';
  if (typeof value === 'string') return value === '' ? '""' : value;
  return JSON.stringify(value);
}

// ---- small parts used everywhere
const SYMBOLS = {
  succeeded: '✓',
  cached: '↺',
  running: '▶',
  failed: '✕',
  interrupted: '‖',
  skipped: '–',
  pending: '○'
};

export function state(name) {
  return h(
      'span', {class: `state state-${name}`},
      h('span', {class: 'symbol', 'aria-hidden': 'true'}, SYMBOLS[name] || '?'), name);
}

export function empty(title, explanation, command) {
  return h(
      'div', {class: 'empty'}, h('h2', {}, title), h('p', {}, explanation),
      command && h('pre', {class: 'command'}, command));
}

// Buttons to the pages before and behind; the place is part of the address.
export function pager(page, label, {offset, size, more, where}) {
  const button = (text, disabled, to) =>
      h('button', {type: 'button', disabled, onclick: () => page.set({offset: to})}, text);
  return h(
      'nav', {class: 'pager', 'aria-label': label},
      button('Previous', offset === 0, Math.max(0, offset - size) || ''),
      h('span', {class: 'muted'}, where || `from ${number(offset + 1)} on`),
      button('Next', !more, offset + size));
}

export function failure(error) {
  return h(
      'div', {class: 'empty error', role: 'alert'}, h('h2', {}, 'This could not be shown'),
      h('p', {}, error.message || String(error)));
}

export function digest(value, kind = 'artifact') {
  if (!value) return '';
  return h(
      'span', {class: 'digest'},
      kind === 'artifact' ? h('a', {href: artifactUrl(value), title: value}, short(value)) :
                            h('code', {title: value}, short(value)));
}

// done, cached, failed out of total, as one bar with words for those who do not see it.
export function bar(done, cached, failed, total) {
  const part = (n, name) => {
    if (n <= 0 || total <= 0) return null;
    const piece = h('span', {class: `part ${name}`});
    piece.style.flexBasis = `${(100 * n) / total}%`;
    return piece;
  };
  return h(
      'span', {
        class: 'bar',
        role: 'img',
        'aria-label': `${done} of ${total} done, ${cached} from the cache, ${failed} failed`
      },
      part(cached, 'cached'), part(done - cached, 'succeeded'), part(failed, 'failed'));
}

export function facts(pairs) {
  return h(
      'dl', {class: 'facts'},
      pairs
          .filter(
              ([, value]) =>
                  value !== '' && value !== null && value !== undefined && value !== false)
          .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

// A table in a frame that scrolls by itself; a label that begins with '>' stands over numbers.
export function table(labels, rows, props = {}) {
  return h(
      'div', {class: 'scroll'},
      h('table', props,
        h('thead', {},
          h('tr', {},
            labels.map(
                (label) =>
                    h('th', {scope: 'col', class: label.startsWith('>') ? 'num' : null},
                      label.replace('>', ''))))),
        h('tbody', {}, rows)));
}

export function copyable(value) {
  const button =
      h('button', {
        type: 'button',
        class: 'quiet copy',
        onclick: async () => {
          try {
            await navigator.clipboard.writeText(value);
            button.textContent = 'Copied';
          } catch (error) {
            button.textContent = 'Select and copy';
          }
          setTimeout(() => {
            button.textContent = 'Copy';
          }, 1500);
        }
      },
        'Copy');
  return h('div', {class: 'copyable'}, h('code', {}, value), button);
}
