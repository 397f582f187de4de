// Sheets from below: a native dialog, so that what is behind is out of reach for keys and screen readers alike.

import { button, h } from './dom.js';
import { t } from './i18n.js';
import { entered, left } from './router.js';

/** Shows `content` under `title`; fulfilled with what `close` is given, nothing if it was put away. */
export function sheet(title, build, kind = '') {
  return new Promise((resolve) => {
    let answer;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    const id = `sheet-${Math.random().toString(36).slice(2)}`;
    const dialog = h('dialog', { class: `sheet ${kind}`, 'aria-labelledby': id });
    dialog.append(h('div', { class: 'sheet-inner' }, h('h2', { id, tabindex: '-1' }, title), build(close)));
    dialog.addEventListener('click', (event) => { if (event.target === dialog) close(); });
    const back = () => close();
    dialog.addEventListener('close', () => {
      left(back);
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    entered(back);
    dialog.showModal();
    dialog.querySelector('h2').focus();
  });
}

/** One of several things to do; nothing if none is chosen. */
export const choose = (title, words, choices) => sheet(title, (close) => h('div', { class: 'stack' },
  words && h('p', { class: 'soft' }, words),
  choices.map(({ label, value, kind }) => button(kind ?? 'choice', label, () => close(value))),
  button('quiet', t('cancel'), () => close())));

/** Whether it is really meant. */
export const confirm = (title, words, yes, kind = 'danger') =>
  choose(title, words, [{ label: yes, value: true, kind }]);
