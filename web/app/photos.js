// Pictures of people: fetched with the session's token, shown from memory, blurred until they are tapped where nobody
// has looked at them yet.

import { picture } from './api.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/** Pictures kept in memory. */
const MOST = 40;
const kept = new Map();
/** Unchecked pictures, by their address in memory, that this person has chosen to see. */
const unveiled = new Set();

/** An address for `img`, from memory or the engine, and whether somebody has looked at what is there. */
function address(url) {
  const known = kept.get(url);
  kept.delete(url);
  const coming = known ?? picture(url).then(({ blob, isChecked }) => ({ url: URL.createObjectURL(blob), isChecked }));
  kept.set(url, coming);
  if (!known) coming.catch(() => kept.delete(url));
  if (kept.size > MOST) {
    const [oldest, gone] = kept.entries().next().value;
    kept.delete(oldest);
    gone.then((old) => {
      URL.revokeObjectURL(old.url);
      unveiled.delete(old.url);
    }, () => {});
  }
  return coming;
}

/** Fetches a picture that will soon be wanted. */
export const prepare = (url) => { address(url).catch(() => {}); };

/** Where there is no picture: the first letter, on one of a few quiet colours that stays the name's. */
export function letter(name) {
  const sum = [...name].reduce((all, sign) => all + sign.codePointAt(0), 0);
  return h('span', { class: `letter hue-${sum % 5}`, 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '');
}

/**
 * A picture of `name`, `{url, is_checked}`; without one, the letter. `isSmall`: it stands in a list or on a button,
 * and what nobody has looked at stays blurred there.
 */
export function photo(name, shot, alt = '', isSmall = false) {
  const frame = h('span', { class: 'photo' });
  if (!shot?.url) {
    frame.append(letter(name));
    return frame;
  }
  const image = h('img', { alt, draggable: 'false', decoding: 'async' });
  frame.append(image);
  frame.classList.add('coming');
  const unveil = () => {
    frame.classList.remove('veiled');
    frame.querySelector('.veil')?.remove();
  };
  const veil = () => {
    if (frame.classList.contains('veiled')) return;
    frame.classList.add('veiled');
    if (isSmall) return;
    const chooses = (event) => {
      event.stopPropagation();
      unveil();
      address(shot.url).then(({ url }) => unveiled.add(url), () => {});
    };
    const words = h('span', {}, t('veil'));
    frame.append(h('button', { type: 'button', class: 'veil', on: { click: chooses } }, icon('eye'), words));
  };
  // Whatever is not said to be checked is not, by the card or by what came.
  if (!shot.is_checked) veil();
  address(shot.url).then(({ url, isChecked }) => {
    if (unveiled.has(url)) unveil();
    else if (!isChecked && shot.is_checked) veil();
    image.src = url;
  }, () => { frame.replaceChildren(letter(name)); }).finally(() => frame.classList.remove('coming'));
  return frame;
}
