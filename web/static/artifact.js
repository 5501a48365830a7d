// One artifact: its files, who made it, who used it.
import {get} from './api.js';
import {
  bytes, clock, copyable, digest, facts, failure, fill, h, lineageUrl, number, runUrl, state,
  table, url
} from './dom.js';

const TEXT = /\.(txt|json|jsonl|md|log|csv|tsv|yaml)$/;
const PICTURE = /\.(jpe?g|png|gif|webp|bmp)$/i;
const LARGEST = 16 * 1024 * 1024;

export function showArtifact(root, page) {
  const body = h('div', {});
  fill(root, body);

  function file(artifact, item) {
    const path = item.path.split('/').map(encodeURIComponent).join('/');
    const links = [];
    if (item.size_bytes > LARGEST)
      links.push(h('span', {class: 'muted'}, 'large: take it from the disk'));
    else {
      if (PICTURE.test(item.path))
        links.push(h(
            'a', {href: `/image/${artifact}/${path}`, target: '_blank', rel: 'noopener'}, 'Show'));
      if (TEXT.test(item.path))
        links.push(
            h('a', {href: `/file/${artifact}/${path}?view=1`, target: '_blank', rel: 'noopener'},
              'Show'));
      if (item.path.endsWith('.html'))
        links.push(h('a', {href: url('/report', {artifact, path: item.path})}, 'Show'));
      links.push(h('a', {href: `/file/${artifact}/${path}`, download: ''}, 'Save'));
    }
    return h(
        'tr', {data: {row: item.path}}, h('td', {class: 'main'}, h('code', {}, item.path)),
        h('td', {class: 'num nowrap', data: {label: 'Size'}}, bytes(item.size_bytes)),
        h('td', {data: {label: 'SHA-256'}}, digest(item.sha256, 'file')),
        h('td', {class: 'links'}, links));
  }

  const people = (title, list) => list.length > 0 &&
      h('section', {class: 'card'}, h('h2', {}, title),
        table(
            ['Task', 'Kind', 'State', 'Run'],
            list.map(
                (t) =>
                    h('tr', {},
                      h('td', {class: 'main'},
                        h('a', {href: runUrl(t.run, {tab: 'tasks', task: t.task})}, t.task)),
                      h('td', {data: {label: 'Kind'}}, t.kind),
                      h('td', {data: {label: 'State'}}, state(t.state)),
                      h('td', {data: {label: 'Run'}}, h('a', {href: runUrl(t.run)}, t.run)))),
            {class: 'cards'}));

  function draw(answer) {
    document.title = `Artifact ${answer.digest.slice(0, 12)} · unimo`;
    const names = answer.files.map((item) => item.path);
    const pictures = names.includes('images.jsonl') || names.includes('predictions.json') ||
        names.includes('preview.jsonl');
    const words = names.some((name) => /^(documents-\d+|examples|texts)\.jsonl$/.test(name));
    fill(
        body,
        h('div', {class: 'head'},
          h('h1', {}, 'Artifact ', h('code', {}, answer.digest.slice(0, 12))),
          h('span', {class: 'chip'}, answer.kind), h('div', {class: 'grow'}),
          pictures &&
              h('a', {class: 'button', href: url('/gallery', {artifact: answer.digest})},
                'Gallery'),
          words &&
              h('a', {class: 'button', href: url('/samples', {artifact: answer.digest})},
                'Samples'),
          names.includes('rewrites.jsonl') &&
              h('a', {class: 'button', href: url('/rewrites', {artifact: answer.digest})},
                'Rewrites'),
          answer.made_by.length > 0 &&
              h('a', {class: 'button', href: lineageUrl({artifact: answer.digest})}, 'Lineage')),
        !answer.present &&
            h('p', {class: 'warn'},
              'Its files were removed by garbage collection; what made it is still known.'),
        h('section', {class: 'card'}, facts([
            ['digest', h('code', {class: 'break'}, answer.digest)],
            ['files', number(answer.file_count)], ['size', bytes(answer.size_bytes)],
            ['made', clock(answer.created_ms)]
          ]),
          h('p', {class: 'muted'}, 'To check that its bytes are as recorded:'),
          copyable(`unimo verify ${answer.digest.slice(0, 12)}`)),
        h('section', {class: 'card'}, h('h2', {}, 'Files'),
          table(
              ['Path', '>Size', 'SHA-256', ''],
              answer.files.map((item) => file(answer.digest, item)), {class: 'cards'}),
          answer.file_count > answer.files.length &&
              h('p', {class: 'muted'},
                `and ${number(answer.file_count - answer.files.length)} more`)),
        people('Made by', answer.made_by), people('Used by', answer.used_by));
  }
  get(`/api/artifacts/${encodeURIComponent(page.parts[1] || '')}`)
      .then(draw)
      .catch((error) => fill(body, failure(error)));
  return null;
}
