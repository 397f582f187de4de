// What a profile is made of: for each part what is asked, how it is answered, and what is sent for it.

import { birth, place } from './answers.js';
import { h } from './dom.js';
import { number, t } from './i18n.js';
import { named, listed } from './state.js';

/** As long as the engine takes. */
const NAME = 30;
const BIO = 300;
const INTERESTS = 10;
const [YOUNGEST, OLDEST] = [18, 99];
/** Kilometres; bands are all that the engine knows of a distance. */
const DISTANCES = [10, 25, 50, 100];

/** Pills of which one or several are chosen. `entries`: `{id, name}`. */
export function pills(kind, name, entries, chosen, most = Infinity) {
  const group = h('div', { class: 'pills' }, entries.map(({ id, name: label }) => h('label', { class: 'pill' },
    h('input', { type: kind, name, value: String(id), checked: chosen.includes(id) }), h('span', {}, label))));
  const idOf = (input) => entries.find((entry) => String(entry.id) === input.value).id;
  const picked = () => [...group.querySelectorAll('input:checked')].map(idOf);
  group.addEventListener('change', () => {
    const isFull = picked().length >= most;
    for (const input of group.querySelectorAll('input:not(:checked)')) input.disabled = kind === 'checkbox' && isFull;
  });
  group.dispatchEvent(new Event('change'));
  return { element: group, picked };
}

function single(name, list) {
  return {
    make: (profile, lists) => {
      const made = pills('radio', name, lists[list], [profile[name]]);
      return { element: made.element, read: () => (made.picked().length === 1 ? { [name]: made.picked()[0] } : null) };
    },
    show: (profile) => named(list, profile[name]),
    isGroup: true,
  };
}

function several(name, list, most, least = 0) {
  return {
    make: (profile, lists) => {
      const made = pills('checkbox', name, lists[list], profile[name] ?? [], most);
      return { element: made.element, read: () => (made.picked().length >= least ? { [name]: made.picked() } : null) };
    },
    show: (profile) => listed((profile[name] ?? []).map((id) => named(list, id))),
    isGroup: true,
  };
}

/** A number between two, typed. */
function years(name, label, value) {
  const input = h('input', { type: 'number', name, inputmode: 'numeric', min: YOUNGEST, max: OLDEST, value });
  return h('label', { class: 'field' }, h('span', {}, label), input);
}

const ANY = { shared: false, goals: [], photo: false, days: null };
/** Days within which somebody was here that can be asked for. */
const DAYS = [7, 30];

/** What else the cards have to have: four things, kept together. */
const filters = {
  make: (profile, lists) => {
    const kept = profile.filters ?? ANY;
    const ticks = ['shared', 'photo'].map((name) => {
      const input = h('input', { type: 'checkbox', role: 'switch', name, checked: kept[name] });
      const words = h('span', { class: 'two-lines' }, t(`filter-${name}`));
      return { name, input, element: h('li', {}, h('label', { class: 'switch' }, words, input, h('i', { 'aria-hidden': 'true' }))) };
    });
    const group = (label, made) => h('div', { class: 'stack', role: 'group', 'aria-label': t(label) },
      h('p', { class: 'soft' }, t(label)), made.element);
    const goals = pills('checkbox', 'goals', lists.goals, kept.goals);
    const since = [{ id: 'ever', name: t('filter-ever') }, ...DAYS.map((n) => ({ id: n, name: t('filter-days', { n }) }))];
    const days = pills('radio', 'days', since, [kept.days ?? 'ever']);
    const element = h('div', { class: 'stack' }, h('ul', { class: 'switches' }, ticks.map((tick) => tick.element)),
      group('filter-goals', goals), group('filter-lately', days));
    const read = () => {
      const [picked] = days.picked();
      const wanted = Object.fromEntries(ticks.map(({ name, input }) => [name, input.checked]));
      // Without any it is all of them.
      const chosen = goals.picked().length > 0 ? goals.picked() : lists.goals.map(({ id }) => id);
      return { filters: { ...wanted, goals: chosen, days: picked === 'ever' ? null : picked } };
    };
    return { element, read };
  },
  show: ({ filters: kept }, lists) => [
    kept.shared && t('filter-shared'),
    kept.photo && t('filter-photo'),
    kept.days && t('filter-days', { n: kept.days }),
    kept.goals.length < (lists?.goals.length ?? 0) && listed(kept.goals.map((id) => named('goals', id))),
  ].filter(Boolean).join(', '),
  isGroup: true,
};

/** `make(profile, lists)` gives `{element, read}`; `read` what is sent, or nothing if it is no answer yet. */
export const FIELDS = {
  birth,
  filters,
  name: {
    make: (profile) => {
      const value = profile.name ?? '';
      const input = h('input', { type: 'text', name: 'name', maxlength: NAME, autocomplete: 'nickname', value });
      const element = h('label', { class: 'field' }, h('span', {}, t('field-name')), input);
      return { element, read: () => (input.value.trim() ? { name: input.value.trim() } : null) };
    },
    show: (profile) => profile.name,
  },
  gender: single('gender', 'genders'),
  wants: several('wants', 'genders', Infinity, 1),
  place,
  goal: single('goal', 'goals'),
  interests: several('interests', 'interests', INTERESTS),
  bio: {
    make: (profile) => {
      const left = h('span', { class: 'soft count', 'aria-hidden': 'true' });
      const input = h('textarea', { name: 'bio', rows: 5, maxlength: BIO });
      input.value = profile.bio ?? '';
      const count = () => { left.textContent = `${number([...input.value].length)} / ${number(BIO)}`; };
      input.addEventListener('input', count);
      count();
      const element = h('label', { class: 'field' }, h('span', {}, t('field-bio')), input, left);
      // Nothing is an answer where there was something: then nothing is said any more.
      const read = () => (input.value.trim() || profile.bio ? { bio: input.value.trim() } : null);
      return { element, read };
    },
    show: (profile) => profile.bio,
    isOptional: true,
  },
  age_range: {
    make: (profile) => {
      const [from, to] = profile.age_range ?? [YOUNGEST, OLDEST];
      const element = h('div', { class: 'pair' }, years('from', t('age-from'), from), years('to', t('age-to'), to));
      const read = () => {
        const [low, high] = [...element.querySelectorAll('input')].map((input) => Number(input.value));
        const isFine = Number.isInteger(low) && Number.isInteger(high) && YOUNGEST <= low && low <= high && high <= OLDEST;
        return isFine ? { age_range: [low, high] } : null;
      };
      return { element, read };
    },
    show: (profile) => profile.age_range && t('age-range', { from: profile.age_range[0], to: profile.age_range[1] }),
    isGroup: true,
  },
  distance: {
    make: (profile) => {
      const near = DISTANCES.map((km) => ({ id: km, name: t('within', { km }) }));
      const made = pills('radio', 'distance', [...near, { id: 'any', name: t('anywhere') }], [profile.distance ?? 'any']);
      const read = () => {
        const [picked] = made.picked();
        return { distance: picked === 'any' ? null : picked };
      };
      return { element: made.element, read };
    },
    show: (profile) => (profile.distance ? t('within', { km: profile.distance }) : t('anywhere')),
    isGroup: true,
  },
};
