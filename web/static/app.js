// Which view shows which address. The address is the whole state of a page: reload, share and go
// back work.
import {showArtifact} from './artifact.js';
import {showCompare} from './compare.js';
import {failure, fill, h} from './dom.js';
import {showGallery} from './gallery.js';
import {showLineage} from './lineage.js';
import {showReport} from './report.js';
import {showRewrites} from './rewrites.js';
import {showRun} from './run.js';
import {showRuns} from './runs.js';
import {showSamples} from './samples.js';
import {showSystem} from './system.js';

const main = document.getElementById('main');
const PAGES = {
  '': [showRuns, 'Runs'],
  runs: [showRuns, 'Runs'],
  compare: [showCompare, 'Compare'],
  gallery: [showGallery, 'Gallery'],
  samples: [showSamples, 'Samples'],
  rewrites: [showRewrites, 'Rewrites'],
  report: [showReport, 'Reports'],
  system: [showSystem, 'System'],
  lineage: [showLineage, 'Lineage'],
};

let leave = () => {};

// What a view gets: where it is, and how it changes its address.
function page() {
  const parts = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  return {
    parts,
    params: new URLSearchParams(location.search),
    go: navigate,
    // Changes parameters in place; an empty value removes one.
    set(changes, again = true) {
      const params = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value === '' || value === null || value === undefined)
          params.delete(name);
        else
          params.set(name, value);
      }
      const query = params.toString();
      history.replaceState(null, '', query ? `${location.pathname}?${query}` : location.pathname);
      if (again) show();
    },
  };
}

export function navigate(address) {
  history.pushState(null, '', address);
  show();
  window.scrollTo(0, 0);
  main.focus({preventScroll: true});
}

function show() {
  leave();
  leave = () => {};
  const here = page();
  const first = here.parts[0] || '';
  for (const link of document.querySelectorAll('.top nav a')) {
    const active = link.pathname === `/${first || 'runs'}`;
    if (active)
      link.setAttribute('aria-current', 'page');
    else
      link.removeAttribute('aria-current');
  }
  let [view, title] = PAGES[first] || PAGES[''];
  if (first === 'runs' && here.parts.length > 1) [view, title] = [showRun, 'Run'];
  if (first === 'artifacts') [view, title] = [showArtifact, 'Artifact'];
  document.title = `${title} · unimo`;
  try {
    leave = view(main, here) || (() => {});
  } catch (error) {
    fill(main, failure(error));
  }
}

// Links of our own pages change the view without loading the page again.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey ||
      event.shiftKey)
    return;
  const address = link.getAttribute('href') || link.getAttribute('xlink:href') || '';
  if (!address.startsWith('/') || /^\/(file|image|report-page|api|static)\//.test(address) ||
      link.target)
    return;
  event.preventDefault();
  navigate(address);
});
window.addEventListener('popstate', show);

// ---- theme
const themeButton = document.getElementById('theme');
function nameTheme() {
  const now = document.documentElement.dataset.theme || 'auto';
  themeButton.textContent = {auto: '◐ Auto', light: '☀ Light', dark: '☾ Dark'}[now];
  themeButton.setAttribute('aria-label', `Theme: ${now}; change`);
}
themeButton.addEventListener('click', () => {
  const order = ['auto', 'light', 'dark'];
  const next = order[(order.indexOf(document.documentElement.dataset.theme || 'auto') + 1) % 3];
  if (next === 'auto')
    delete document.documentElement.dataset.theme;
  else
    document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem('unimo.theme', next);
  } catch (error) {
    console.info('the theme lasts until the page is closed: no storage');
  }
  nameTheme();
  window.dispatchEvent(new Event('themechange'));
});
nameTheme();
matchMedia('(prefers-color-scheme: dark)')
    .addEventListener('change', () => window.dispatchEvent(new Event('themechange')));

// ---- keyboard
const help = document.getElementById('help');
fill(
    help, h('h2', {}, 'Keyboard'),
    h('dl', {class: 'facts'},
      [
        ['/', 'search'], ['j k', 'next or previous row'], ['Enter', 'open the row'],
        ['x', 'choose the row to compare'], ['g r', 'runs'], ['?', 'this help'], ['Esc', 'close']
      ].map(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])),
    h('form', {method: 'dialog'}, h('button', {}, 'Close')));

let previousKey = '';
function moveRow(step) {
  const rows = [...document.querySelectorAll('[data-row]')];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement?.closest('[data-row]'));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  (next.querySelector('a') || next).focus();
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing =
      /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'checkbox';
  if (typing) return;
  const search = document.querySelector('input[type=search]');
  if (event.key === '/' && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === '?') {
    help.showModal();
  } else if (event.key === 'j') {
    moveRow(1);
  } else if (event.key === 'k') {
    moveRow(-1);
  } else if (event.key === 'x') {
    document.activeElement?.closest('[data-row]')?.querySelector('input[type=checkbox]')?.click();
  } else if (event.key === 'r' && previousKey === 'g') {
    navigate('/runs');
  }
  previousKey = event.key;
});

show();
