// Pages that are not the first one: their modules come when the cards are there, or when somebody wants to see them.

import { h } from './dom.js';
import { t } from './i18n.js';
import { head } from './router.js';
import { missing, rows } from './states.js';

const LOADS = {
  likes: () => import('./likes.js'),
  matches: () => import('./matches.js'),
  profile: () => import('./profile.js'),
};

/** Fetches all of them once nothing else is to be done: from then on they open at once, also without a network. */
export function prepareAll() {
  const idle = window.requestIdleCallback ?? ((act) => setTimeout(act, 500));
  idle(() => Object.values(LOADS).forEach((load) => load().catch(() => {})));
}

/** A page of `name`: its head and grey rows until its module is there. */
export const later = (name) => () => {
  const body = h('div', { class: 'body' }, rows());
  const element = h('section', { class: 'page' }, head(t(`tab-${name}`)), body);
  let page = null;
  let isLeft = false;
  const enter = async () => {
    try {
      const module = await LOADS[name]();
      if (isLeft) return;
      page = module[name]();
      const hasFocus = element.contains(document.activeElement);
      element.replaceWith(page.element);
      if (hasFocus) page.element.querySelector('h1').focus();
      page.enter?.();
    } catch {
      body.replaceChildren(missing({ code: 'offline' }, enter));
    }
  };
  const leave = () => {
    isLeft = true;
    page?.leave?.();
  };
  return { element, enter, leave };
};
