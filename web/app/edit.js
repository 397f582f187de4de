// What the profile says, a row for each part; a tap opens the question.

import { get } from './api.js';
import { question } from './ask.js';
import { button, h, once } from './dom.js';
import { feed } from './feed.js';
import { FIELDS } from './fields.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { words } from './problems.js';
import { head, pop, push } from './router.js';
import { tell } from './say.js';
import { shots } from './shots.js';
import { missing, rows } from './states.js';
import { loadLists } from './state.js';
import { guard, haptic } from './tg.js';

const PARTS = {
  card: ['name', 'bio', 'goal', 'interests', 'place', 'gender'],
  wishes: ['wants', 'age_range', 'distance', 'filters'],
};

export function edit(part) {
  const body = h('div', { class: 'body' }, rows(4));
  const element = h('section', { class: 'page' }, head(t(part === 'card' ? 'edit' : 'wishes')), body);
  return { element, enter: () => load(body, part) };
}

async function load(body, part) {
  try {
    const [profile, lists] = await Promise.all([get('/profile'), loadLists()]);
    body.replaceChildren(
      part === 'card' ? h('div', { class: 'block' }, h('h2', {}, t('photos')), shots(profile, () => {})) : '',
      h('ul', { class: 'menu' }, PARTS[part].filter((name) => name !== 'filters' || profile.filters).map((name) => {
        const now = h('span', { class: 'soft cut' }, FIELDS[name].show(profile, lists) || t(name === 'filters' ? 'filter-none' : 'empty'));
        const lines = h('span', { class: 'two-lines' }, h('b', {}, t(`part-${name}`)), now);
        return h('li', {}, button('line', [lines, icon('forth')], () => push(() => single(name, profile, lists, part))));
      })));
  } catch (cause) {
    body.replaceChildren(missing(cause, () => load(body, part)));
  }
}

/** One question by itself. */
function single(name, profile, lists, part) {
  const asked = question(name, profile, lists);
  const save = async () => {
    try {
      if (!(await asked.save())) return;
    } catch (cause) {
      tell(words(cause));
      return;
    }
    haptic('success');
    tell(t('saved'));
    // Wishes and places change who comes next.
    if (part === 'wishes' || name === 'place') feed.renew();
    pop();
  };
  const submit = h('button', { type: 'submit', class: 'primary' }, t('save'));
  const form = h('form', { class: 'body stack', novalidate: true }, asked.element, submit);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    once(form, save);
  });
  return { element: h('section', { class: 'page' }, head(t(`ask-${name}`)), form), leave: () => guard(false) };
}
