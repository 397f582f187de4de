// Two parts of a profile that take more than a tap: the date of birth and the place.

import { button, h } from './dom.js';
import { language, t } from './i18n.js';
import { icon } from './icons.js';
import { hasPlace, place as here } from './tg.js';

/** Nobody is older, years. */
const OLDEST = 110;
/** Cities that are listed before anything is typed, and at most. */
const LISTED = 12;

function months() {
  const name = new Intl.DateTimeFormat(language(), { month: 'long', timeZone: 'UTC' });
  return Array.from({ length: 12 }, (_, i) => h('option', { value: i + 1 }, name.format(new Date(Date.UTC(2000, i, 1)))));
}

/** A day that there was, as `YYYY-MM-DD`. */
function date(day, month, year) {
  const at = new Date(Date.UTC(year, month - 1, day));
  const isThere = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  const now = new Date().getUTCFullYear();
  return isThere && year <= now && year >= now - OLDEST ? at.toISOString().slice(0, 10) : null;
}

/** Asked plainly: nothing says which answer is wanted. */
export const birth = {
  make: () => {
    const typed = (name, label, digits) => h('label', { class: 'field' }, h('span', {}, label),
      h('input', { type: 'text', name, inputmode: 'numeric', maxlength: digits, autocomplete: `bday-${name}`, pattern: '[0-9]*' }));
    const month = h('select', { name: 'month', autocomplete: 'bday-month' }, h('option', { value: '' }, '–'), months());
    const element = h('div', { class: 'birth' }, typed('day', t('day'), 2), h('label', { class: 'field' }, h('span', {}, t('month')), month), typed('year', t('year'), 4));
    const read = () => {
      const [day, year] = [...element.querySelectorAll('input')].map((input) => Number(input.value));
      const found = date(day, Number(month.value), year);
      return found ? { birth: found } : null;
    };
    return { element, read };
  },
  show: (profile) => profile.birth && new Intl.DateTimeFormat(language(), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(profile.birth)),
  isGroup: true,
};

/** Of a position, the tenth of a degree that it lies in: nothing finer leaves the device. */
const tenth = (degrees) => Math.floor(degrees * 10);

export const place = {
  make: (profile, lists) => {
    let chosen = profile.place?.city ? { city: profile.place.city } : null;
    const list = h('div', { class: 'pills cities' });
    const input = h('input', { type: 'search', name: 'city', autocomplete: 'off', placeholder: t('city-search') });
    const note = h('p', { class: 'soft', role: 'status' });
    const draw = () => {
      const q = input.value.trim().toLocaleLowerCase();
      const found = lists.cities.filter(({ id, name }) => (q ? name.toLocaleLowerCase().includes(q) : true) || id === chosen?.city);
      const first = found.filter(({ id }) => id === chosen?.city);
      const shown = [...first, ...found.filter(({ id }) => id !== chosen?.city)].slice(0, LISTED);
      list.replaceChildren(...shown.map(({ id, name }) => h('label', { class: 'pill' },
        h('input', { type: 'radio', name: 'place', value: id, checked: id === chosen?.city, on: { change: () => { chosen = { city: id }; note.textContent = ''; } } }), h('span', {}, name))));
      if (shown.length === 0) list.append(h('p', { class: 'soft' }, t('no-city')));
    };
    input.addEventListener('input', draw);
    draw();
    const locate = async () => {
      const at = await here();
      if (!at) {
        note.textContent = t('no-location');
        return;
      }
      chosen = { cell: { lat: tenth(at.latitude), lon: tenth(at.longitude) } };
      draw();
      note.textContent = t('located');
    };
    const element = h('div', { class: 'stack' },
      hasPlace() && button('choice', [icon('pin'), h('span', {}, t('locate'))], locate),
      h('label', { class: 'field' }, h('span', {}, t('field-city')), input), list, note);
    return { element, read: () => chosen };
  },
  show: (profile) => profile.place?.label,
  isGroup: true,
};
