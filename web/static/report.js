// Reports, in a frame that can neither run scripts nor reach us.
import {get} from './api.js';
import {artifactUrl, empty, failure, fill, h, lineageUrl, moment, runUrl, url} from './dom.js';

export function showReport(root, page) {
  const body = h('div', {});
  fill(root, body);
  const artifact = page.params.get('artifact');

  function draw(answer) {
    const reports = answer.reports.filter((r) => r.html);
    const chosen = reports.find((r) => r.artifact === artifact) ||
        (artifact ? {artifact, html: page.params.get('path') || 'report.html'} : reports[0]);
    if (!chosen) {
      fill(
          body, h('div', {class: 'head'}, h('h1', {}, 'Reports')),
          empty(
              'No report yet',
              'A report stands at the end of an experiment; it appears here when its stage has run.',
              'unimo run experiments/demo.yaml'));
      return;
    }
    const path =
        (page.params.get('path') || chosen.html).split('/').map(encodeURIComponent).join('/');
    fill(
        body,
        h('div', {class: 'head'}, h('h1', {}, 'Reports'), h('div', {class: 'grow'}),
          reports.length > 0 &&
              h('label', {class: 'field'}, 'Report',
                h('select', {
                  id: 'report',
                  onchange: (event) => page.set({artifact: event.target.value, path: ''})
                },
                  reports.map(
                      (r) =>
                          h('option', {value: r.artifact, selected: r.artifact === chosen.artifact},
                            `${r.experiment} · ${r.run} · ${r.task}`))))),
        h('p', {class: 'under'},
          chosen.run &&
              [
                h('a', {href: runUrl(chosen.run)}, chosen.run), ' · ', moment(chosen.created_ms),
                ' · '
              ],
          h('a', {href: lineageUrl({artifact: chosen.artifact})}, 'Lineage'), ' · ',
          h('a', {href: artifactUrl(chosen.artifact)}, 'Files')),
        h('iframe', {
          class: 'report',
          title: 'Report',
          sandbox: 'allow-popups allow-top-navigation-by-user-activation',
          src: `/report-page/${chosen.artifact}/${path}`
        }));
  }
  get(url('/api/reports')).then(draw).catch((error) => fill(body, failure(error)));
  return null;
}
