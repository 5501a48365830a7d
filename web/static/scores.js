// What the scores of a run are called, and their tables: retrieval, captions, and all others.
import {h, lineageUrl, number, table} from './dom.js';

const RETRIEVAL = [
  ['image_to_text_r1', 'i→t R@1'], ['image_to_text_r5', 'i→t R@5'],
  ['image_to_text_r10', 'i→t R@10'], ['text_to_image_r1', 't→i R@1'],
  ['text_to_image_r5', 't→i R@5'], ['text_to_image_r10', 't→i R@10'],
  ['mean_recall', 'Mean recall'], ['chance_r10', 'Chance R@10']
];
const CAPTIONS = [
  ['bleu4', 'BLEU-4'], ['rouge_l', 'ROUGE-L'], ['cider', 'CIDEr'],
  ['cider_shuffled', 'CIDEr, shuffled']
];
const TABLES = [['Retrieval', RETRIEVAL], ['Captions', CAPTIONS]];
const LABELS = new Map([...RETRIEVAL, ...CAPTIONS]);

export const scoreLabel = (name) => LABELS.get(name) || name;

// One way to write all numbers of a table, so that they can be compared with each other.
function commonFormat(values) {
  const finite = values.filter((value) => typeof value === 'number');
  const largest = Math.max(0, ...finite.map(Math.abs));
  if (largest >= 1e5 || (largest !== 0 && largest < 0.01)) return number;
  const digits = largest >= 10 ? 1 : 3;
  return (value) => (typeof value === 'number' ? value.toFixed(digits) : number(value));
}

function link(run, score, written) {
  return h(
      'a', {
        href: lineageUrl({run, task: score.task, metric: score.name}),
        title: `${score.name} = ${score.value ?? 'nan'}; where it comes from`
      },
      written);
}

function knownTable(run, title, columns, tasks, baselines) {
  const rows = [...tasks].filter(([, scores]) => columns.some(([name]) => scores.has(name)));
  const used = columns.filter(([name]) => rows.some(([, scores]) => scores.has(name)));
  if (rows.length === 0) return null;
  const format = commonFormat(
      rows.flatMap(([, scores]) => used.map(([name]) => scores.get(name)?.value)));
  return [
    h('h3', {}, title),
    table(
        ['Task', ...used.map(([, label]) => `>${label}`)],
        rows.map(
            ([task, scores]) =>
                h('tr', {data: {row: task}},
                  h('td', {class: 'main'}, task,
                    baselines.has(task) && h('span', {class: 'sub'}, 'baseline')),
                  used.map(([name, label]) => {
                    const score = scores.get(name);
                    return h(
                        'td', {class: 'num', data: {label}},
                        score ? link(run, score, format(score.value)) : '–');
                  }))),
        {class: 'cards trio', data: {scores: title.toLowerCase()}})
  ];
}

function otherScores(run, tasks, known) {
  const left =
      [...tasks]
          .map(([task, scores]) => [task, [...scores.values()].filter((s) => !known.has(s.name))])
          .filter(([, scores]) => scores.length > 0);
  if (left.length === 0) return null;
  return [
    known.size > 0 && h('h3', {}, 'Others'),
    h('div', {class: 'others'},
      left.map(
          ([task, scores]) =>
              h('section', {data: {row: task}}, h('h4', {}, task),
                h('dl', {},
                  scores.map(
                      (s) =>
                          h('div', {}, h('dt', {}, s.name),
                            h('dd', {class: 'num'}, link(run, s, number(s.value)))))))))
  ];
}

export function scoreTables(run, answer) {
  const baselines =
      new Set(answer.tasks.filter((task) => task.of_baseline).map((task) => task.name));
  const tasks = new Map(answer.tasks.map((task) => [task.name, new Map()]));
  for (const s of answer.series) {
    if (s.kind === 'score') tasks.set(s.task, (tasks.get(s.task) || new Map()).set(s.name, s));
  }
  for (const [task, scores] of tasks)
    if (scores.size === 0) tasks.delete(task);
  if (tasks.size === 0) return null;
  const known = new Set();
  const tables = TABLES.map(([title, columns]) => {
    const drawn = knownTable(run, title, columns, tasks, baselines);
    if (drawn) columns.forEach(([name]) => known.add(name));
    return drawn;
  });
  return h(
      'section', {class: 'card scores'}, h('h2', {}, 'Scores'), tables.filter(Boolean),
      otherScores(run, tasks, known));
}
