// Records of text: documents with their sentences, examples with parts and answers, texts.
import {get} from './api.js';
import {artifactUrl, empty, failure, fill, h, number, pager, short, url} from './dom.js';

const PAGE = 10;

function head(item) {
  return h(
      'header', {}, h('h2', {}, item.title || item.id),
      h('span', {class: 'muted'}, item.title ? `${item.id} ` : '',
        h('span', {class: 'chip'}, item.split)));
}

function documentBody(item) {
  const rest = item.sentence_count - item.sentences.length;
  return [
    h('ol', {class: 'sentences'}, item.sentences.map((s) => h('li', {}, s))),
    rest > 0 && h('p', {class: 'muted'}, `and ${number(rest)} more sentences`)
  ];
}

function pair(name, value) {
  return [
    h('dt', {}, name),
    h('dd', {}, Array.isArray(value) ? h('ul', {class: 'plain'}, value.map((v) => h('li', {}, v))) :
                                       String(value))
  ];
}

function example(item) {
  const turns = (item.history || []).map((turn) => turn.join(' — '));
  return [
    h('dl', {class: 'parts'}, Object.entries(item.parts || {}).map(([name, text]) => pair(name, text)),
      turns.length > 0 && pair('history', turns), item.image && pair('image', item.image),
      item.label && pair('label', item.label),
      item.score !== undefined && pair('score', item.score),
      item.targets && pair('targets', item.targets)),
    item.extra && h('p', {class: 'muted'}, h('code', {class: 'break'}, JSON.stringify(item.extra)))
  ];
}

const BODIES = {
  documents: documentBody,
  examples: example,
  texts: (item) => h('p', {}, item.text)
};

export function showSamples(root, page) {
  const {params} = page;
  const body = h('div', {});
  fill(root, body);

  function draw(answer) {
    document.title = `Samples of ${short(answer.artifact)} · unimo`;
    const {offset} = answer;
    fill(
        body,
        h('nav', {class: 'crumbs', 'aria-label': 'Where this is'},
          h('a', {href: artifactUrl(answer.artifact)}, `Artifact ${short(answer.artifact)}`)),
        h('div', {class: 'head'}, h('h1', {}, 'Samples'), h('div', {class: 'grow'}),
          answer.kinds.map(
              (kind) =>
                  h('a', {
                    class: 'button',
                    'aria-current': kind === answer.of && 'page',
                    href: url('/samples', {artifact: answer.artifact, of: kind})
                  },
                    kind))),
        answer.unreadable > 0 &&
            h('p', {class: 'warn'}, `${number(answer.unreadable)} lines could not be read`),
        answer.items.map(
            (item) => h(
                'section', {class: 'card', data: {row: item.id}}, head(item),
                BODIES[answer.of](item))),
        answer.items.length === 0 && empty('Nothing here', `There are no more ${answer.of}.`),
        pager(page, 'Further records', {offset, size: PAGE, more: answer.more}));
  }

  get(url('/api/samples', {
    artifact: params.get('artifact'),
    of: params.get('of'),
    offset: params.get('offset'),
    limit: PAGE
  }))
      .then(draw)
      .catch((error) => fill(body, failure(error)));
  return null;
}
