// Rewritten captions: the picture, the caption's graph, each rewrite with its new words marked, and
// what lies near.
import {get} from './api.js';
import {artifactUrl, drawing, empty, failure, fill, h, number, pager, short, url} from './dom.js';

const PAGE = 5;
const SHOWN = 8;  // of a list before it is opened

const split = (text) => text.split(/(\s+)/).filter((part) => part.trim() !== '');

// For each word of `text`, whether it is new beside `base`: not in their longest common
// subsequence.
function newWords(base, text) {
  const rows = base.length;
  const columns = text.length;
  const long = Array.from({length: rows + 1}, () => new Array(columns + 1).fill(0));
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1)
      long[i][j] = base[i] === text[j] ? 1 + long[i + 1][j + 1] :
                                         Math.max(long[i + 1][j], long[i][j + 1]);
  }
  const fresh = new Array(columns).fill(true);
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (base[i] === text[j]) {
      fresh[j] = false;
      i += 1;
      j += 1;
    } else if (long[i + 1][j] >= long[i][j + 1]) {
      i += 1;
    } else {
      j += 1;
    }
  }
  return fresh;
}

function marked(base, text) {
  const parts = split(text);
  const fresh = newWords(split(base), parts);
  const nodes = [];
  for (let i = 0; i < parts.length; i += 1) {
    if (i > 0) nodes.push(' ');
    let run = parts[i];
    const isNew = fresh[i];
    while (i + 1 < parts.length && fresh[i + 1] === isNew) {
      i += 1;
      run += ` ${parts[i]}`;
    }
    nodes.push(isNew ? h('mark', {}, run) : run);
  }
  return nodes;
}

function list(title, base, texts) {
  if (texts.length === 0) return null;
  const items = texts.map((text) => h('li', {}, marked(base, text)));
  return h(
      'section', {class: 'rewritten'}, h('h3', {}, `${title} `, h('span', {class: 'muted'}, number(texts.length))),
      h('ul', {class: 'plain'}, items.slice(0, SHOWN)),
      items.length > SHOWN &&
          h('details', {}, h('summary', {}, `${number(items.length - SHOWN)} more`),
            h('ul', {class: 'plain'}, items.slice(SHOWN))));
}

function thumbnail(image) {
  return h(
      'figure', {class: 'near', title: image.caption || image.id},
      image.src ?
          h('img', {src: image.src, alt: image.caption || image.id, loading: 'lazy', decoding: 'async'}) :
          h('code', {class: 'break'}, image.id),
      h('figcaption', {class: 'num muted'}, image.score.toFixed(2)));
}

function neighbours(item) {
  const {near_images: images, near_captions: captions} = item;
  if (images.length === 0 && captions.length === 0) return null;
  return h(
      'section', {class: 'rewritten'}, h('h3', {}, 'Neighbours'),
      images.length > 0 && h('div', {class: 'nears'}, images.map(thumbnail)),
      captions.length > 0 &&
          h('ul', {class: 'plain scored'},
            captions.map(
                (c) => h(
                    'li', {}, h('span', {}, c.text),
                    h('b', {class: 'num muted'}, c.score.toFixed(2))))));
}

function card(item) {
  const {image} = item;
  return h(
      'section', {class: 'card rewrites', data: {row: item.caption}},
      image &&
          h('img', {
            src: image.src,
            alt: item.text,
            width: image.width,
            height: image.height,
            loading: 'lazy',
            decoding: 'async'
          }),
      h('div', {},
        h('header', {}, h('h2', {}, item.text), h('code', {class: 'muted break'}, item.caption)),
        item.graph && h('div', {class: 'scroll'}, drawing(item.graph)),
        h('div', {class: 'levels'}, list('Word', item.text, item.words),
          list('Phrase', item.text, item.phrases)),
        neighbours(item)));
}

function totals(statistics) {
  const {rewrites, refused, captions} = statistics;
  if (!rewrites) return null;
  const pairs = Object.entries(refused || {}).sort((a, b) => b[1] - a[1]);
  return h(
      'section', {class: 'card'},
      h('p', {},
        `${number(captions)} captions, ${number(rewrites.word)} rewrites at word level, ${
            number(rewrites.phrase)} at phrase level.`),
      pairs.length > 0 &&
          h('details', {}, h('summary', {}, 'Candidates refused, by rule'),
            h('dl', {class: 'facts'},
              pairs.map(([name, count]) => [h('dt', {}, name), h('dd', {class: 'num'}, number(count))]))));
}

export function showRewrites(root, page) {
  const {params} = page;
  const body = h('div', {});
  fill(root, body);

  function draw(answer) {
    document.title = `Rewrites of ${short(answer.artifact)} · unimo`;
    const {offset} = answer;
    fill(
        body,
        h('nav', {class: 'crumbs', 'aria-label': 'Where this is'},
          h('a', {href: artifactUrl(answer.artifact)}, `Artifact ${short(answer.artifact)}`)),
        h('div', {class: 'head'}, h('h1', {}, 'Rewritten captions')), totals(answer.statistics),
        answer.unreadable > 0 &&
            h('p', {class: 'warn'}, `${number(answer.unreadable)} lines could not be read`),
        answer.items.map(card),
        answer.items.length === 0 && empty('Nothing here', 'There are no more rewritten captions.'),
        pager(page, 'Further captions', {offset, size: PAGE, more: answer.more}));
  }

  get(url('/api/rewrites', {
    artifact: params.get('artifact'),
    run: params.get('run'),
    offset: params.get('offset'),
    limit: PAGE
  }))
      .then(draw)
      .catch((error) => fill(body, failure(error)));
  return null;
}
