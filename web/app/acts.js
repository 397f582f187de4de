// Reporting and blocking, of a card and of a match alike.

import { write } from './api.js';
import { button, h } from './dom.js';
import { called, reasons } from './card.js';
import { t } from './i18n.js';
import { problem } from './problems.js';
import { tell } from './say.js';
import { choose, confirm, sheet } from './sheet.js';
import { loadLists } from './state.js';
import { haptic } from './tg.js';

/** `kind`: `cards` or `matches`. True once it is done. */
async function send(method, path, body, done) {
  try {
    await write(method, path, body);
    haptic('success');
    tell(done);
    return true;
  } catch (cause) {
    problem(cause);
    return false;
  }
}

/** Asks why, and reports. */
export async function report(kind, one) {
  const lists = await loadLists().catch(problem);
  if (!lists) return false;
  const choices = lists.report_reasons.map(({ id, name }) => ({ label: name, value: id }));
  const reason = await choose(t('report-of', { name: one.name }), t('report-words'), choices);
  if (reason === undefined) return false;
  return send('POST', `/${kind}/${one.token}/report`, { reason }, t('reported'));
}

/** Asks whether it is meant, and blocks. */
export async function block(kind, one) {
  if (!(await confirm(t('block-of', { name: one.name }), t('block-words'), t('block-yes')))) return false;
  return send('POST', `/${kind}/${one.token}/block`, undefined, t('blocked'));
}

/** Asks whether it is meant, and ends a match. */
export async function unmatch(one) {
  if (!(await confirm(t('unmatch-of', { name: one.name }), t('unmatch-words'), t('unmatch-yes')))) return false;
  return send('DELETE', `/matches/${one.token}`, undefined, t('unmatched'));
}

/** All that a card says; fulfilled with `report` or `block` if that is wanted. */
export const about = (card) => sheet(called(card), (close) => h('div', { class: 'stack' },
  reasons(card),
  card.bio ? h('p', { class: 'words' }, card.bio) : h('p', { class: 'soft' }, t('no-bio')),
  button('choice', t('report'), () => close('report')),
  button('choice', t('block'), () => close('block')),
  button('quiet', t('close'), () => close())));
