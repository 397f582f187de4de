// Own photos: up to six, the first one is the face of the card. Made small on the device before they leave it.

import { get, upload, write } from './api.js';
import { button, h } from './dom.js';
import { knows, share, t } from './i18n.js';
import { icon } from './icons.js';
import { photo } from './photos.js';
import { words } from './problems.js';
import { tell } from './say.js';
import { confirm } from './sheet.js';
import { offers } from './state.js';
import { haptic } from './tg.js';

const MOST = 6;
const KINDS = 'image/jpeg,image/png,image/webp';
/** Longer side of what is sent, pixels. */
const SIDE = 1_600;
const QUALITY = 0.86;

/** A picture as JPEG of bounded size; what it was taken with and where is left behind. */
async function small(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = h('canvas', { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', QUALITY);
  });
}

/** The editor; `changed(profile)` after each change. */
export function shots(profile, changed) {
  const grid = h('ul', { class: 'shots-grid', tabindex: '-1' });
  const note = h('p', { class: 'soft', role: 'status' });
  const bar = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': t('photo-coming') });
  let all = profile.photos ?? [];
  let canChange = false;
  const renew = async () => {
    const now = await get('/profile');
    all = now.photos;
    changed(now);
    draw();
  };
  const run = async (act, done) => {
    // Keys reach what a finger does not.
    if (grid.classList.contains('busy')) return;
    grid.classList.add('busy');
    grid.setAttribute('aria-busy', 'true');
    try {
      const said = await act();
      await renew();
      haptic('light');
      note.textContent = said ?? done;
    } catch (cause) {
      const key = `objection-${cause.reason}`;
      note.textContent = '';
      haptic('error');
      tell(knows(key) ? t(key) : words(cause));
      // It may have been done all the same, or elsewhere.
      await renew().catch(() => {});
    } finally {
      grid.classList.remove('busy');
      grid.removeAttribute('aria-busy');
    }
  };
  /** What has left, and then that it is looked at: each step is said once. */
  const progress = (part) => {
    bar.hidden = false;
    bar.value = part;
    bar.textContent = share(part);
    const words = t(part < 1 ? 'photo-coming' : 'photo-looking');
    if (note.textContent !== words) note.textContent = words;
  };
  const add = (file) => run(async () => {
    try {
      progress(0);
      const known = new Set(all.map((shot) => shot.id));
      const blob = await small(file).catch(() => { throw { code: 'picture' }; });
      const { photos } = await upload('/profile/photos', blob, progress);
      return t(photos.find((shot) => !known.has(shot.id))?.is_checked === false ? 'photo-waiting' : 'photo-added');
    } finally {
      bar.hidden = true;
    }
  }, t('photo-added'));
  const move = (at, to) => run(async () => {
    const order = all.map((shot) => shot.id);
    order.splice(to, 0, ...order.splice(at, 1));
    await write('PUT', '/profile/photos', { order });
  }, t('photo-moved'));
  const remove = async (shot) => {
    if (await confirm(t('photo-remove'), t('photo-remove-words'), t('photo-remove-yes'))) {
      await run(() => write('DELETE', `/profile/photos/${shot.id}`), t('photo-removed'));
    }
  };
  const tile = (shot, i) => {
    const label = (key) => ({ 'aria-label': t(key, { n: i + 1 }), data: { of: shot.id, act: key } });
    return h('li', {}, photo('', { url: shot.url, is_checked: true }, t('own-photo', { n: i + 1 })),
      shot.is_main ? h('span', { class: 'tag' }, t('main-photo')) : null,
      shot.is_checked === false && h('span', { class: 'tag low' }, t('unchecked')),
      canChange && h('div', { class: 'tools' },
        i > 1 && button('tool', icon('star'), () => move(i, 0), label('photo-main')),
        i > 0 && button('tool', icon('back'), () => move(i, i - 1), label('photo-earlier')),
        i < all.length - 1 && button('tool', icon('forth'), () => move(i, i + 1), label('photo-later')),
        button('tool', icon('bin'), () => remove(shot), label('photo-remove-n'))));
  };
  const draw = () => {
    const label = t('photo-add');
    const picker = h('input', { type: 'file', accept: KINDS, class: 'unseen', 'aria-label': label });
    picker.addEventListener('change', () => {
      if (picker.files[0]) add(picker.files[0]);
    });
    const hadFocus = grid.contains(document.activeElement);
    const { of, act } = document.activeElement?.dataset ?? {};
    grid.replaceChildren(...all.map(tile));
    grid.hidden = all.length === 0 && !canChange;
    // The same act of the same photo keeps the focus; where that is gone, nothing that would undo it has it.
    const settle = () => {
      if (!hadFocus) return;
      const same = [...grid.querySelectorAll('.tool')].find((one) => one.dataset.of === of && one.dataset.act === act);
      (same ?? grid.querySelector('input') ?? grid).focus();
    };
    if (!canChange || all.length >= MOST) {
      settle();
      return;
    }
    const words = h('span', { 'aria-hidden': 'true' }, label);
    grid.append(h('li', {}, h('label', { class: 'adder' }, picker, icon('plus'), words)));
    settle();
  };
  const element = h('div', { class: 'stack' }, grid, bar, note);
  offers('/profile/photos').then((isThere) => {
    canChange = isThere;
    draw();
    if (!isThere) element.append(h('p', { class: 'soft' }, t('photos-in-chat')));
  });
  return element;
}
