// A phone of the operators': what their pages say of the last payment, read by the rights of this browser.

import { h } from './dom.js';
import { label, say, t } from './i18n.js';

const PAGES = ['/admin/payments', '/admin'];
const ROWS = 6;

/** A page of the operators', as a document that runs nothing. */
async function read(path) {
  const answer = await fetch(path, { headers: { Accept: 'text/html' } });
  if (!answer.ok || answer.redirected) throw new Error('timeout');
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

const words = (element) => element?.textContent.replace(/\s+/g, ' ').trim() ?? '';

/** The rows of a page's first table, each as its cells. */
function rows(page) {
  return [...page.querySelectorAll('main table tbody tr')].slice(0, ROWS)
    .map((row) => [...row.querySelectorAll('td, th')].map(words).filter(Boolean));
}

/** The element of the phone. */
export async function operatorPhone() {
  const [payments, overview] = await Promise.all(PAGES.map(read));
  const list = (page) => h('section', { class: 'desk-part' }, h('h3', {}, words(page.querySelector('h1'))),
    h('ul', {}, rows(page).map((cells) => h('li', {}, h('b', {}, cells[0]), h('span', {}, cells.slice(1).join(' · '))))));
  const figures = [...overview.querySelectorAll('main .figure')].slice(0, ROWS).map((card) => h('li', {}, words(card).slice(0, 120)));
  const screen = h('div', { class: 'screen desk-screen' },
    h('header', { class: 'desk-head' }, h('b', {}, 'Nameless'), say(h('small'), 'desk')),
    list(payments),
    figures.length > 0 ? h('section', { class: 'desk-part' }, h('h3', {}, words(overview.querySelector('h1'))), h('ul', {}, figures)) : null);
  const element = h('section', { class: 'phone operators' },
    h('header', { class: 'owner' }, h('span', { class: 'avatar', 'aria-hidden': 'true' }, '⌘'), h('p', {}, say(h('b'), 'tour-desk'), say(h('small'), 'tour-desk-does'))),
    h('div', { class: 'frame' }, screen));
  element.setAttribute('aria-label', t('tour-desk'));
  return label(element, 'tour-desk');
}
