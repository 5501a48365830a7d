// Pictures with their regions, captions and predictions.
import {get} from './api.js';
import {empty, failure, fill, h, moment, number, pager, runUrl, url} from './dom.js';
import {overlay, RegionChoice} from './regions.js';

const PAGE = 24;
const SAMPLES = 4;
function words(image, most) {
  const parts = [];
  for (const guess of image.predictions) {
    if (guess.caption !== undefined)
      parts.push(
          h('p', {class: 'predicted'}, h('span', {class: 'label'}, guess.task), guess.caption));
    if (guess.retrieved) {
      parts.push(
          h('div', {class: 'predicted'},
            h('span', {class: 'label'}, `${guess.task}, nearest captions`),
            h('ol', {class: 'retrieved'},
              guess.retrieved.map(
                  (r) =>
                      h('li', {class: r.right ? 'right' : 'wrong'},
                        h('span', {class: 'mark', 'aria-label': r.right ? 'right' : 'wrong'},
                          r.right ? '✓' : '✕'),
                        h('span', {}, r.text), h('b', {class: 'num'}, r.similarity.toFixed(2)))))));
    }
  }
  if (image.captions.length) {
    const kept = image.captions.slice(0, most);
    parts.push(
        h('div', {class: 'references'},
          h('span', {class: 'label'}, image.predictions.length ? 'References' : 'Captions'),
          h('ul', {class: 'plain'}, kept.map((c) => h('li', {}, c))),
          image.captions.length > most &&
              h('span', {class: 'muted'}, `and ${image.captions.length - most} more`)));
  }
  return parts;
}

function sample(image, holds) {
  return h(
      'span', {class: 'frame'}, image.src && h('img', {
        src: image.src,
        alt: '',
        width: image.width,
        height: image.height,
        loading: 'lazy',
        decoding: 'async'
      }),
      holds === 'regions' && overlay(image, true));
}

// Fills choices of the start page with a few pictures when they come into view, one after another.
class Samples {
  constructor() {
    this.waiting = Promise.resolve();
    this.stopped = false;
    this.of = new Map();
    this.watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        this.watch.unobserve(entry.target);
        this.waiting = this.waiting.then(() => this.load(entry.target));
      }
    }, {rootMargin: '200px'});
  }

  choice(g) {
    const node =
        h('a', {class: 'choice', href: url('/gallery', {artifact: g.artifact, run: g.run})},
          h('span', {class: 'samples'},
            Array.from({length: SAMPLES}, () => h('span', {class: 'frame'}))),
          h('strong', {}, g.task), h('span', {class: 'sub'}, g.holds));
    this.of.set(node, g);
    this.watch.observe(node);
    return node;
  }

  async load(node) {
    if (this.stopped) return;
    const g = this.of.get(node);
    const [pictures, , under] = node.children;
    try {
      const answer =
          await get(url('/api/gallery', {artifact: g.artifact, run: g.run, limit: SAMPLES}));
      fill(pictures, answer.images.map((image) => sample(image, g.holds)));
      fill(
          under,
          `${g.holds} · ${number(answer.total)} ${answer.total === 1 ? 'picture' : 'pictures'}`);
      if (answer.images.length === 0) pictures.remove();
    } catch (error) {
      pictures.remove();
      fill(under, `${g.holds} · ${error.message}`);
    }
  }

  stop() {
    this.stopped = true;
    this.watch.disconnect();
  }
}

export function showGallery(root, page) {
  const {params} = page;
  const body = h('div', {});
  fill(root, body);
  const samples = new Samples();
  const regions = new RegionChoice(page, body);
  const dialog = h('dialog', {class: 'large', 'aria-label': 'Picture'});
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  function figure(image, eager) {
    return h(
        'div', {class: 'frame'}, image.src && h('img', {
          src: image.src,
          alt: image.captions[0] || `picture ${image.id}`,
          width: image.width,
          height: image.height,
          loading: eager ? 'eager' : 'lazy',
          decoding: 'async'
        }),
        overlay(image));
  }

  function open(image) {
    fill(
        dialog,
        h('form', {method: 'dialog'},
          h('button', {class: 'quiet', 'aria-label': 'Close'}, '✕ Close')),
        figure(image, true),
        h('div', {class: 'words'},
          h('p', {class: 'muted'},
            [image.id, `${image.width} × ${image.height}`, image.split,
             `${image.boxes.length} regions`].filter((part) => part).join(' · ')),
          regions.list(image), words(image, 20)));
    regions.apply();
    dialog.showModal();
  }

  function card(image, index) {
    return h(
        'article', {class: 'picture', data: {row: image.id}},
        h('button', {
          type: 'button',
          class: 'open',
          'aria-label': `Enlarge ${image.id}`,
          onclick: () => open(image)
        },
          figure(image, index < 8)),
        h('div', {class: 'words'},
          h('p', {class: 'muted id'}, h('span', {}, image.id),
            image.split && h('span', {class: 'chip'}, image.split)),
          words(image, 2)));
  }

  function showList(answer) {
    if (answer.galleries.length === 0) {
      fill(
          body, h('div', {class: 'head'}, h('h1', {}, 'Gallery')),
          empty(
              'No pictures yet',
              'Records, regions and predictions can be looked at here as soon as a run has made some.',
              'unimo run experiments/demo.yaml'));
      return;
    }
    const runs = new Map();
    for (const g of answer.galleries) runs.set(g.run, [...(runs.get(g.run) || []), g]);
    fill(
        body, h('div', {class: 'head'}, h('h1', {}, 'Gallery')),
        [...runs].map(
            ([run, list]) =>
                h('section', {class: 'card'},
                  h('header', {},
                    h('h2', {}, h('a', {href: runUrl(run)}, list[0].experiment), ' ',
                      h('code', {}, run)),
                    moment(list[0].created_ms)),
                  h('div', {class: 'choices'}, list.map((g) => samples.choice(g))))));
  }

  function showPictures(answer) {
    document.title = `Gallery of ${answer.task} · unimo`;
    const offset = Number(params.get('offset') || 0);
    const search = h('input', {
      type: 'search',
      id: 'search',
      placeholder: 'Search captions',
      'aria-label': 'Search captions',
      value: params.get('q') || '',
      onchange: () => page.set({q: search.value, offset: ''})
    });
    fill(
        body,
        h('nav', {class: 'crumbs', 'aria-label': 'Where this is'},
          h('a', {href: '/gallery'}, 'Gallery'), ' / ',
          h('a', {href: runUrl(answer.run)}, answer.run)),
        h('div', {class: 'head'}, h('h1', {}, answer.task), h('span', {class: 'chip'}, answer.kind),
          h('div', {class: 'grow'}),
          h('span', {class: 'muted'}, `${number(answer.total)} pictures`)),
        answer.problems.map((problem) => h('p', {class: 'warn'}, problem)),
        h('div', {class: 'controls'}, search,
          h('label', {class: 'field'}, 'Split',
            h('select',
              {id: 'split', onchange: (event) => page.set({split: event.target.value, offset: ''})},
              h('option', {value: ''}, 'all'),
              answer.splits.map(
                  (s) => h('option', {value: s, selected: s === params.get('split')}, s)))),
          answer.region_tasks.length > 1 &&
              h('label', {class: 'field'}, 'Regions of',
                h('select',
                  {id: 'regions-of', onchange: (event) => page.set({regions: event.target.value})},
                  !answer.regions_of && h('option', {value: ''}, 'any task'),
                  answer.region_tasks.map(
                      (task) => h(
                          'option', {value: task, selected: task === answer.regions_of}, task)))),
          h('label', {class: 'field check'}, h('input', {
              type: 'checkbox',
              id: 'regions',
              checked: params.get('boxes') !== '0',
              onchange: (event) => {
                page.set({boxes: event.target.checked ? '' : '0'}, false);
                grid.classList.toggle('bare', !event.target.checked);
              }
            }),
            'Regions')),
        regions.controls(answer.images));
    const grid =
        h('div', {class: params.get('boxes') === '0' ? 'pictures bare' : 'pictures'},
          answer.images.map(card));
    body.append(
        answer.images.length ?
            grid :
            empty(
                'No picture here',
                answer.sources.length ?
                    'None fits the search and the split.' :
                    'The artifact and what it was made from hold no pictures.'));
    if (answer.total > PAGE) {
      const last = Math.min(offset + PAGE, answer.total);
      body.append(pager(page, 'Further pictures', {
        offset,
        size: PAGE,
        more: last < answer.total,
        where: `${offset + 1}–${last} of ${number(answer.total)}`
      }));
    }
    body.append(dialog);
    regions.apply();
  }

  const artifact = params.get('artifact');
  get(url('/api/gallery', {
    artifact,
    run: params.get('run'),
    split: params.get('split'),
    q: params.get('q'),
    regions: params.get('regions'),
    offset: params.get('offset'),
    limit: artifact ? PAGE : ''
  }))
      .then(artifact ? showPictures : showList)
      .catch((error) => fill(body, failure(error)));
  return () => {
    samples.stop();
    dialog.close();
  };
}
