// Boxes over pictures, and what of them is shown: switches for classes, a least confidence.
import {h} from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const COLOURS = 6;
// Where more boxes are in sight, their words would hide the picture.
const MOST_WORDS = 8;
// Guesses below are not shown until somebody asks: ten regions of each picture are kept, however
// unsure.
const LEAST = 0.3;
const SEPARATOR = '|';

function svg(tag, attributes, ...kids) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...kids);
  return node;
}

// A class has one colour, whatever the picture.
function colour(label) {
  let sum = 7;
  for (const letter of label) sum = (31 * sum + letter.codePointAt(0)) % 65521;
  return (sum % COLOURS) + 1;
}

const sureness = (item) => (item.confidence === undefined ? '' : item.confidence.toFixed(2));
const told = (item) =>
    [item.attributes, item.label, sureness(item)].filter((part) => part).join(' ');

// Above the box, where it hides nothing of what is in it, if the picture goes on there.
function tag(item, words, [x, y], width, unit) {
  const long = words.length * 2.1 * unit + 1.8 * unit;
  const left = Math.max(0, Math.min(x, width - long));
  const top = y >= 4.4 * unit ? y - 4.4 * unit : y;
  return svg(
      'g', {class: `box words-of-box box-${colour(item.label)}`},
      svg('rect', {class: 'tag', x: left, y: top, width: long, height: 4.4 * unit, rx: 0.7 * unit}),
      Object.assign(
          svg('text', {x: left + 0.9 * unit, y: top + 3.3 * unit, 'font-size': 3.4 * unit}),
          {textContent: words}));
}

// Boxes in the picture's own pixels, so that they scale with it; `plain` without words. A picture
// that is not there leaves its frame.
export function overlay(image, plain = false) {
  const {width, height} = image;
  const unit = Math.max(width, height) / 100;
  const root = svg('svg', {
    class: image.src ? 'boxes' : 'boxes alone',
    viewBox: `0 0 ${width} ${height}`,
    // A sample is a square cut from the middle of its picture.
    preserveAspectRatio: plain ? 'xMidYMid slice' : 'xMidYMid meet',
    'aria-hidden': 'true'
  });
  const tags = [];  // last, so that no box runs through a word
  for (const item of image.boxes) {
    const [x1, y1, x2, y2] = item.box.map((side, i) => side * (i % 2 ? height : width));
    const box = svg(
        'g', {class: `box box-${colour(item.label)}`},
        svg('rect',
            {x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1), rx: unit}));
    const parts = [box];
    root.append(box);
    const words = told(item);
    if (!plain && words) {
      parts.push(tag(item, words, [x1, y1], width, unit));
      tags.push(parts[1]);
    }
    for (const part of parts) {
      part.dataset.label = item.label;
      if (item.confidence !== undefined) part.dataset.confidence = item.confidence;
    }
  }
  root.append(...tags);
  root.classList.toggle('crowded', image.boxes.length > MOST_WORDS);
  return root;
}

// How often each class is seen, the most frequent first.
function counted(images) {
  const counts = new Map();
  for (const {boxes} of images)
    for (const {label} of boxes) counts.set(label, (counts.get(label) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

// Which classes are shown, and from which confidence on: part of the page's address. Changes what
// is drawn below `root` at once.
export class RegionChoice {
  constructor(page, root) {
    this.page = page;
    this.root = root;
    const {params} = page;
    // Either all but some, or some alone: the shorter to tell.
    this.only = params.has('only');
    this.named = new Set(
        (params.get(this.only ? 'only' : 'hide') || '').split(SEPARATOR).filter((name) => name));
    this.least = Number(params.get('least') ?? LEAST);
  }

  shows(label) {
    return this.named.has(label) === this.only;
  }

  toggle(label) {
    if (!this.named.delete(label)) this.named.add(label);
    this.keep();
  }

  all(shown) {
    this.only = !shown;
    this.named.clear();
    this.keep();
  }

  keep() {
    const names = [...this.named].sort().join(SEPARATOR);
    this.page.set(
        {
          only: this.only ? names || SEPARATOR : '',
          hide: this.only ? '' : names,
          least: this.least === LEAST ? '' : String(this.least)
        },
        false);
    this.apply();
  }

  apply() {
    for (const boxes of this.root.querySelectorAll('svg.boxes')) {
      let seen = 0;
      for (const part of boxes.querySelectorAll('g.box')) {
        const {label, confidence} = part.dataset;
        const off = !this.shows(label) || Number(confidence ?? 1) < this.least;
        part.classList.toggle('off', off);
        if (!off && !part.classList.contains('words-of-box')) seen += 1;
      }
      boxes.classList.toggle('crowded', seen > MOST_WORDS);
    }
    for (const button of this.root.querySelectorAll('button[data-class]'))
      button.setAttribute('aria-pressed', String(this.shows(button.dataset.class)));
  }

  button(label, ...kids) {
    return h(
        'button', {
          type: 'button',
          class: `chip pick box-${colour(label)}`,
          data: {class: label},
          'aria-pressed': String(this.shows(label)),
          onclick: () => this.toggle(label)
        },
        h('span', {class: 'dot', 'aria-hidden': 'true'}), label || 'without a class', ...kids);
  }

  // Switches for all classes of the page, and the least confidence where boxes have one.
  controls(images) {
    const classes = counted(images);
    if (classes.length === 0) return null;
    const sure = images.some(({boxes}) => boxes.some((box) => box.confidence !== undefined));
    const value = h('output', {for: 'least'}, this.least.toFixed(2));
    return h(
        'details', {class: 'classes', open: classes.length <= 40},
        h('summary', {}, `Classes of these pictures (${classes.length})`),
        h('div', {class: 'controls'},
          h('button', {type: 'button', id: 'all-classes', onclick: () => this.all(true)}, 'All'),
          h('button', {type: 'button', id: 'no-classes', onclick: () => this.all(false)}, 'None'),
          sure &&
              h('label', {class: 'field'}, 'Confidence from', h('input', {
                  type: 'range',
                  id: 'least',
                  min: 0,
                  max: 1,
                  step: 0.05,
                  value: this.least,
                  oninput: (event) => {
                    this.least = Number(event.target.value);
                    value.textContent = this.least.toFixed(2);
                    this.keep();
                  }
                }),
                value)),
        h('div', {class: 'chips'},
          classes.map(([label, count]) => this.button(label, ' ', h('b', {}, count)))));
  }

  // The regions of one picture by class, each with its attributes and how sure it is.
  list(image) {
    const classes = counted([image]);
    if (classes.length === 0) return null;
    return h(
        'ul', {class: 'plain regions'},
        classes.map(
            ([label]) =>
                h('li', {}, this.button(label),
                  h('span', {class: 'muted'},
                    image.boxes.filter((item) => item.label === label)
                        .map(
                            (item) => [item.attributes, sureness(item)].filter((part) => part)
                                          .join(' '))
                        .filter((part) => part)
                        .join(' · ')))));
  }
}
