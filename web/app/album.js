// All photos of somebody: turned by a finger, by buttons and by keys, one at a time.

import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { photo, prepare } from './photos.js';
import { announce } from './say.js';
import { haptic } from './tg.js';

/** So many pixels aside turn a photo; less is a tap, and more upwards than aside scrolls the page. */
const SWIPE = 36;

/** `photos`: `[{url, is_checked}]`, or none. */
export function album(name, photos) {
  const many = photos.length > 1;
  const alt = (n) => t('photo-alt', { name, n: n + 1, of: Math.max(1, photos.length) });
  let at = 0;
  const frame = h('div', { class: 'frame' });
  const bars = h('div', { class: 'bars', 'aria-hidden': 'true' }, many ? photos.map(() => h('i')) : []);
  const way = (kind, step) => h('button', {
    type: 'button', class: `way ${kind}`, 'aria-label': t(kind), on: { click: () => turn(step) },
  }, icon(step < 0 ? 'back' : 'forth'));
  const [earlier, next] = [way('earlier', -1), way('later-photo', 1)];
  const show = () => {
    frame.replaceChildren(photo(name, photos[at], alt(at)));
    [...bars.children].forEach((bar, i) => bar.classList.toggle('now', i === at));
    // Not `disabled`: the focus would fall off the page at the last one.
    earlier.setAttribute('aria-disabled', String(at === 0));
    next.setAttribute('aria-disabled', String(at === photos.length - 1));
    if (photos[at + 1]) prepare(photos[at + 1].url);
  };
  const turn = (step) => {
    const to = at + step;
    if (to < 0 || to >= photos.length) return;
    at = to;
    haptic('selection');
    // The veil goes with its photo: the focus does not fall off the page with it.
    const hadFocus = frame.contains(document.activeElement);
    show();
    if (hadFocus) (step < 0 ? earlier : next).focus();
    announce(alt(at));
  };
  const element = h('div', { class: 'album', role: 'group', 'aria-label': t('photos-of', { name }) },
    frame, bars, many && [earlier, next]);
  show();
  if (!many) return element;
  let from = null;
  element.addEventListener('pointerdown', (event) => {
    from = event.isPrimary ? { x: event.clientX, y: event.clientY } : null;
  });
  element.addEventListener('pointerup', (event) => {
    const by = from && { x: event.clientX - from.x, y: event.clientY - from.y };
    from = null;
    if (by && Math.abs(by.x) > SWIPE && Math.abs(by.x) > Math.abs(by.y)) turn(by.x < 0 ? 1 : -1);
  });
  element.addEventListener('pointercancel', () => { from = null; });
  element.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    turn(step);
  });
  return element;
}
