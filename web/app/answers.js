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
    const field = (label, input) => h('label', { class: 'field' }, h('span', {}, label), input);
    const typed = (name, maxlength) => field(t(name),
      h('input', { type: 'text', name, inputmode: 'numeric', maxlength, autocomplete: `bday-${name}` }));
    const month = h('select', { name: 'month', autocomplete: 'bday-month' }, h('option', { value: '' }, '–'), months());
    const element = h('div', { class: 'birth' }, typed('day', 2), field(t('month'), month), typed('year', 4));
    const read = () => {
      const [day, year] = [...element.querySelectorAll('input')].map((input) => Number(input.value));
      const found = date(day, Number(month.value), year);
      return found ? { birth: found } : null;
    };
    return { element, read };
  },
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
      const isChosen = ({ id }) => id === chosen?.city;
      const found = lists.cities.filter((city) => !isChosen(city) && city.name.toLocaleLowerCase().includes(q));
      const shown = [...lists.cities.filter(isChosen), ...found].slice(0, LISTED);
      list.replaceChildren(...shown.map((city) => {
        const input = h('input', { type: 'radio', name: 'place', value: city.id, checked: isChosen(city) });
        input.addEventListener('change', () => {
          chosen = { city: city.id };
          note.textContent = '';
        });
        return h('label', { class: 'pill' }, input, h('span', {}, city.name));
      }));
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
